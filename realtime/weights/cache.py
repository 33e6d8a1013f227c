"""Finds models on this disk: complete directories in Hugging Face's cache layout.

A repository's folder holds `refs/main` (the name of the newest snapshot) and `snapshots/NAME/` with
links to finished files; a file that is still being fetched, or was interrupted, is not linked.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PREFIX = "models--"
"""Prefix of the repositories' folders in the hub's cache."""
TOKENIZER = "tokenizer.json"
"""Name of a file that converters copy only on request."""


@dataclass(frozen=True, slots=True)
class Format:
    """The files of a model."""

    name: str
    required: tuple[str, ...]
    one_of: tuple[str, ...]
    """Alternatives: one of these files is enough."""
    patterns: tuple[str, ...]
    """Glob patterns of the files to download."""
    advice: str
    """Advice for a repository in another format; `{repository}` is its name."""


CTRANSLATE2 = Format(
    name="CTranslate2",
    required=("config.json", "model.bin", TOKENIZER),
    one_of=("vocabulary.json", "vocabulary.txt"),
    patterns=(
        *("config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.*"),
        "model.bin",
    ),
    advice="convert it with `ct2-transformers-converter --model {repository} --output_dir DIR "
    "--copy_files tokenizer.json preprocessor_config.json` and use --model DIR",
)
HUGGING_FACE = Format(
    name="Hugging Face",
    required=("config.json", "tokenizer.json"),
    one_of=("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"),
    patterns=(
        *("config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json"),
        *("model.safetensors", "model.safetensors.index.json", "model-0*.safetensors"),
    ),
    advice="name another one",
)
FORMATS = (CTRANSLATE2, HUGGING_FACE)
"""Formats of Whisper models."""
SPEAKERS = Format(
    name="weights of speaker networks",
    required=("embedding.pt", "segmentation.pt"),
    one_of=("LICENSE",),
    patterns=("*.pt",),
    advice="fetch it with `realtime models download speakers`",
)


@dataclass(frozen=True, slots=True)
class CachedModel:
    """A complete model in the cache."""

    repository: str
    path: Path
    size_bytes: int


def missing_files(directory: Path, format: Format = CTRANSLATE2) -> list[str]:
    """The files that a model of this format needs and `directory` lacks; empty: the model is
    complete."""
    missing = [name for name in format.required if not _has(directory / name)]
    if not any(_has(directory / name) for name in format.one_of):
        missing.append(format.one_of[0])
    return missing


def is_whisper(directory: Path) -> bool:
    """Whether a folder in Hugging Face's format, which other models use too, is a Whisper."""
    try:
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("model_type") == "whisper"


def folder_of(repository: str, cache_dir: Path) -> Path:
    """The cache's folder of `repository` (`org/name`), with all its versions."""
    return cache_dir / (PREFIX + repository.replace("/", "--"))


def find(repository: str, cache_dir: Path, format: Format = CTRANSLATE2) -> Path | None:
    """The newest complete snapshot of `repository` (`org/name`), or None."""
    folder = folder_of(repository, cache_dir)
    snapshots = folder / "snapshots"
    if not snapshots.is_dir():
        return None
    ref = folder / "refs" / "main"
    newest = ref.read_text(encoding="utf-8").strip() if ref.is_file() else ""
    found = sorted(
        (path for path in snapshots.iterdir() if path.is_dir()),
        key=lambda path: (path.name == newest, path.stat().st_mtime),
        reverse=True,
    )
    return next((path for path in found if not missing_files(path, format)), None)


def add(
    complete: Path,
    repository: str,
    revision: str,
    cache_dir: Path,
    formats: Sequence[Format] = FORMATS,
) -> Path:
    """Move the folder `complete`, a draft inside `cache_dir`, to its place; → that place.
    `formats`: formats in which the model may be.

    The move is atomic, so that nobody ever finds half a model. Then it is the newest snapshot of
    `repository`. Where another process was faster, its copy stays. Raises OSError.
    """
    folder = folder_of(repository, cache_dir)
    place = folder / "snapshots" / revision
    place.parent.mkdir(parents=True, exist_ok=True)
    if all(missing_files(place, format) for format in formats):
        shutil.rmtree(place, ignore_errors=True)  # a folder without all its files is in the way
        complete.rename(place)
    ref = folder / "refs" / "main"
    ref.parent.mkdir(exist_ok=True)
    ref_draft = complete.with_name("newest")
    ref_draft.write_text(revision, encoding="utf-8")
    ref_draft.replace(ref)
    return place


def installed(cache_dir: Path) -> Iterator[CachedModel]:
    """All complete models of the cache, by name."""
    if not cache_dir.is_dir():
        return
    for folder in sorted(cache_dir.glob(PREFIX + "*")):
        repository = folder.name.removeprefix(PREFIX).replace("--", "/", 1)
        paths = (find(repository, cache_dir, format) for format in FORMATS)
        path = next((path for path in paths if path is not None), None)
        if path is not None:
            size = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
            yield CachedModel(repository, path, size)


def _has(file: Path) -> bool:
    """Whether `file` exists and is not empty; False for a broken link."""
    return file.is_file() and file.stat().st_size > 0
