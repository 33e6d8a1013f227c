"""Model folders that users copy into the folder of models, under any name.

For example `openai_whisper-large-v3-turbo` or `my-tuned-small`: each contains a model, or a folder
that does. Folders of the hub's cache (`models--…`) do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from realtime.weights.cache import CTRANSLATE2, PREFIX, Format, is_whisper, missing_files
from realtime.weights.catalogue import CATALOGUE, Device, preferred, repository_of

_SLASHES = ("_", "-", "--")
"""Replacements of the slash of `openai/whisper-base` in folder names."""


def placed(models: Path, format: Format = CTRANSLATE2) -> dict[str, Path]:
    """Name of a folder in `models` → the path of its model; only complete models, by name."""
    if not models.is_dir():
        return {}
    found = ((folder.name, _model_in(folder, format)) for folder in _folders(models))
    return {name: path for name, path in found if path is not None}


def best_placed(
    models: Path, device: Device, format: Format = CTRANSLATE2
) -> tuple[str, Path] | None:
    """The folder that `auto` uses: the first by the catalogue's preference, else by name."""
    order = [known.name for known in preferred(device)]

    def rank(name: str) -> tuple[int, str]:
        known = _catalogue_name(name)
        return (order.index(known) if known in order else len(order), name)

    found = placed(models, format)
    best = min(found, key=rank, default=None)
    return None if best is None else (best, found[best])


def placed_as(model: str, models: Path, format: Format = CTRANSLATE2) -> Path | None:
    """The model in the folder named `model`; for a catalogue name, in any of its spellings."""
    found = placed(models, format)
    spelled = _spellings(model) if model in CATALOGUE else frozenset({model})
    return next((found[name] for name in sorted(spelled & found.keys())), None)


def _folders(models: Path) -> Iterator[Path]:
    for folder in sorted(models.iterdir()):
        if folder.is_dir() and not folder.name.startswith((PREFIX, ".")):
            yield folder


def _model_in(folder: Path, format: Format) -> Path | None:
    """The folder itself or the first of its folders that contains a complete model."""
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:  # not readable for this user
        return None
    found = (path for path in (folder, *inside) if not missing_files(path, format))
    return next((path for path in found if format is CTRANSLATE2 or is_whisper(path)), None)


def _catalogue_name(folder: str) -> str | None:
    """The catalogue name that a folder's name stands for."""
    return next((name for name in CATALOGUE if folder in _spellings(name)), None)


def _spellings(model: str) -> frozenset[str]:
    """Folder names of a catalogue name: itself, and its repositories with the slash replaced."""
    spelled = {model}
    for repository in (CATALOGUE[model].repository, repository_of(model)):
        spelled |= {
            repository.partition("/")[2],
            *(repository.replace("/", mark) for mark in _SLASHES),
        }
    return frozenset(spelled)
