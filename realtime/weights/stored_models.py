"""Lists and deletes the models on this disk, of every format, incomplete downloads included."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from realtime.errors import SetupError
from realtime.weights import cache
from realtime.weights.cache import CTRANSLATE2, HUGGING_FACE, SPEAKERS, is_whisper
from realtime.weights.catalogue import CATALOGUE, repository_of
from realtime.weights.index.packages import SPEAKER_NETWORKS, SPEAKERS_NAME, repositories
from realtime.weights.native import openai_file

Kind = Literal["CTranslate2", "Hugging Face", "OpenAI", "speakers", "incomplete"]


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model in a cache."""

    name: str
    """Name of its repository or file."""
    kind: Kind
    path: Path
    """A folder of the hub's cache, with all versions, or a file of openai-whisper."""
    size_bytes: int


def list_stored(hub_cache: Path, whisper_cache: Path) -> list[StoredModel]:
    """Whisper models in both caches by name, incomplete downloads included."""
    found = [*_folders(hub_cache), *_files(whisper_cache)]
    return sorted(found, key=lambda item: item.name)


def named(model: str, hub_cache: Path, whisper_cache: Path) -> list[StoredModel]:
    """The copies of `model`: a name of the catalogue, a hub id, or a file's name.

    There is one for each format on the disk. Raises SetupError where there is none.
    """
    names = {model}
    if model == SPEAKERS_NAME:
        names.add(SPEAKER_NETWORKS.repository)
    if model in CATALOGUE:
        names |= {*repositories(model), repository_of(model), openai_file(model)}
    found = [item for item in list_stored(hub_cache, whisper_cache) if item.name in names]
    if not found:
        raise SetupError(
            f"There is no model {model} in {hub_cache} or {whisper_cache}: `realtime models list` "
            "shows what is there."
        )
    return found


def remove(item: StoredModel, hub_cache: Path, whisper_cache: Path) -> None:
    """Delete a model. Raises SetupError where it is not directly in one of the caches, and where
    the disk refuses."""
    root = whisper_cache if item.kind == "OpenAI" else hub_cache
    if item.path.parent.resolve() != root.resolve() or item.path.is_symlink():
        raise SetupError(f"{item.path} lies outside the model caches: delete it yourself.")
    try:
        if item.path.is_dir():
            shutil.rmtree(item.path)
        else:
            item.path.unlink()
    except OSError as error:
        raise SetupError(f"{item.path} cannot be deleted ({error.strerror or error}).") from error


def _folders(hub_cache: Path) -> Iterator[StoredModel]:
    if not hub_cache.is_dir():
        return
    for folder in hub_cache.glob(cache.PREFIX + "*"):
        name = folder.name.removeprefix(cache.PREFIX).replace("--", "/", 1)
        kind = _kind(name, hub_cache)
        if kind is not None and folder.is_dir():
            yield StoredModel(name, kind, folder, _size(folder))


def _kind(name: str, hub_cache: Path) -> Kind | None:
    """Kind of a folder in the hub's cache; None: neither a model for this program nor an incomplete
    download of one."""
    if cache.find(name, hub_cache, CTRANSLATE2) is not None:
        return "CTranslate2"
    if cache.find(name, hub_cache, SPEAKERS) is not None:
        return "speakers"
    path = cache.find(name, hub_cache, HUGGING_FACE)
    if path is not None:
        return "Hugging Face" if is_whisper(path) else None
    known = {model.repository for model in CATALOGUE.values()} | set(map(repository_of, CATALOGUE))
    return "incomplete" if name in known else None


def _files(whisper_cache: Path) -> Iterator[StoredModel]:
    names = {openai_file(name) for name in CATALOGUE}
    for name in names:
        file = whisper_cache / name
        if file.is_file():
            yield StoredModel(name, "OpenAI", file, file.stat().st_size)


def _size(folder: Path) -> int:
    """Bytes on the disk; links to files of the same folder count once."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(file.stat().st_size for file in files)
