"""`--model` → a directory with the model.

A named model that cannot be found is an error. Only `auto` falls back: to a cached model, to a
download from the first source that has one, and if none has, to the bundled demo model, with a
warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from realtime.errors import SetupError
from realtime.weights import cache
from realtime.weights.bundled import bundled_dir
from realtime.weights.cache import CTRANSLATE2, HUGGING_FACE
from realtime.weights.catalogue import (
    AUTO,
    BUNDLED,
    BUNDLED_SHOWN_NAME,
    CATALOGUE,
    Device,
    nearest,
    preferred,
)
from realtime.weights.placed import best_placed, placed_as
from realtime.weights.sources import Sources

_log = structlog.get_logger("models")


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model that is complete on this disk, or in a cloud."""

    path: Path
    shown_name: str
    """Name in `ready`, `/health` and the log: `small`, `org/name`, `micro (bundled demo)` …"""
    source: Literal["directory", "cache", "hub", "index", "bundled", "cloud"]
    warning: str = ""
    """Why `auto` fell back, or that the self-test got other words than those of the recordings, and
    what to do. The log, `/health` and the page show it."""
    format: Literal["ctranslate2", "hugging-face", "openai"] = "ctranslate2"
    """Format of `path`, which is a folder or OpenAI's file."""


def resolve(model: str, device: Device, sources: Sources) -> ResolvedModel:
    """Find or download the model that `model` names. Blocking.

    `model`: a directory, a name of the catalogue, a hub id (`org/name`), `bundled` or `auto`.
    Raises SetupError where a named model cannot be found or downloaded.
    """
    if model == AUTO:
        return _automatic(device, sources)
    if model == BUNDLED:
        return _bundled()
    directory = Path(model).expanduser()
    if directory.is_dir() and not (model in CATALOGUE and cache.missing_files(directory)):
        return _directory(directory)
    own = placed_as(model, sources.cache_dir)
    if own is not None:
        return ResolvedModel(own, model, "directory")
    _repository(model, directory)  # raises SetupError if `model` names none
    cached = sources.cached(model)
    found = ResolvedModel(cached, model, "cache") if cached else _fetched([model], sources)
    return _log_licence(found, sources)


def hub_id(model: str) -> str:
    """The repository of a catalogue name or a hub id. Raises SetupError for anything else."""
    if model in (AUTO, BUNDLED):
        raise SetupError(f"{model} cannot be downloaded: `realtime models list` shows the names.")
    return _repository(model, Path(model))


def is_here(model: str, sources: Sources) -> bool:
    """Whether `resolve` would find the model without a network. Cheap; raises nothing."""
    if model in (AUTO, BUNDLED):
        return True
    directory = Path(model).expanduser()
    if directory.is_dir() and not cache.missing_files(directory):
        return True
    if placed_as(model, sources.cache_dir) is not None:
        return True
    return (model in CATALOGUE or "/" in model) and sources.cached(model) is not None


def _automatic(device: Device, sources: Sources) -> ResolvedModel:
    own = best_placed(sources.cache_dir, device)
    if own is not None:
        return ResolvedModel(own[1], own[0], "directory")
    _refuse_other_format(device, sources)
    names = [known.name for known in preferred(device)]
    for name in names:
        cached = sources.cached(name)
        if cached is not None:
            return _log_licence(ResolvedModel(cached, name, "cache"), sources)
    try:
        return _log_licence(_fetched(names, sources), sources)
    except SetupError as error:
        warning = (
            "Using the bundled demo model, which knows a few hundred words only, because no other "
            f"could be had. {error.message}"
        )
    _log.warning("bundled_demo_model", reason=warning)
    return _bundled(warning)


def _refuse_other_format(device: Device, sources: Sources) -> None:
    """Raise SetupError where the user's own model folder is in Hugging Face's format: they want
    that model, not another."""
    other = best_placed(sources.cache_dir, device, HUGGING_FACE)
    if other is not None:
        raise SetupError(
            f"The model in {other[1]} is in Hugging Face's format, which the backend transformers "
            "takes (pip install 'realtime-whisper[transformers]'). For faster-whisper "
            f"{CTRANSLATE2.advice.format(repository=other[1])}, or choose another model with "
            "--model."
        )


def _fetched(models: Sequence[str], sources: Sources) -> ResolvedModel:
    """The first available model, trying each source's first choice. Raises SetupError."""
    found = sources.fetch(models)
    return ResolvedModel(found.path, found.name, found.source)


def _log_licence(found: ResolvedModel, sources: Sources) -> ResolvedModel:
    """Log the licence of weights from packages, at every start."""
    packages = sources.index.offered(found.shown_name)
    if packages is not None and sources.index.cached(found.shown_name) == found.path:
        _log.info(
            "packaged_model",
            model=found.shown_name,
            weights=packages.origin,
            packages=packages.pinned,
            licence=packages.licence,
            path=str(found.path),
        )
    return found


def _bundled(warning: str = "") -> ResolvedModel:
    return ResolvedModel(bundled_dir(), BUNDLED_SHOWN_NAME, "bundled", warning)


def _directory(directory: Path) -> ResolvedModel:
    missing = cache.missing_files(directory)
    if missing == [cache.TOKENIZER]:
        raise SetupError(
            f"The folder {directory} lacks only {cache.TOKENIZER}: copy it from the model that "
            f"was converted, or convert that again with `--copy_files {cache.TOKENIZER}`."
        )
    if missing:
        raise SetupError(
            f"The folder {directory} is not a Whisper in CTranslate2's format, because it lacks "
            f"{', '.join(missing)}: {CTRANSLATE2.advice.format(repository='MODEL')}, or name "
            "another folder."
        )
    shown = BUNDLED_SHOWN_NAME if directory.samefile(bundled_dir()) else directory.resolve().name
    return ResolvedModel(directory, shown, "directory")


def _repository(model: str, directory: Path) -> str:
    """The hub id that `model` stands for. Raises SetupError where there is none."""
    if model in CATALOGUE:
        return CATALOGUE[model].repository
    if directory.is_file():
        raise SetupError(
            f"The model {model} is a file: name the folder that holds model.bin, config.json and "
            "tokenizer.json."
        )
    organisation, slash, name = model.partition("/")
    if model.startswith((".", "~", "/")) or model.endswith("/") or "/" in name:
        raise SetupError(f"The model folder {model} does not exist: correct the path.")
    if not slash or not organisation:
        guess = nearest(model)
        hint = f"did you mean {guess}?" if guess else "`realtime models list` shows the names."
        raise SetupError(f"There is no model named {model!r}: {hint}")
    return model
