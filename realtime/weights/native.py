"""Models in the formats of the backends on torch: Hugging Face's folders and OpenAI's files.

Only hub ids in Hugging Face's format are downloaded; other models must be on this machine. A
catalogue name needs no second download: its weights in CTranslate2's format are 16-bit numbers,
which those backends accept (`torch_state`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from realtime.weights import cache
from realtime.weights.cache import HUGGING_FACE
from realtime.weights.catalogue import AUTO, BUNDLED, CATALOGUE, Device, preferred, repository_of
from realtime.weights.placed import best_placed, placed_as
from realtime.weights.resolve import ResolvedModel, is_here, resolve
from realtime.weights.sources import HUB, Sources

Native = Literal["hugging-face", "openai"]

_FILES: Mapping[str, str] = MappingProxyType({"large": "large-v3", "turbo": "large-v3-turbo"})
"""Name → stem of openai-whisper's file, where that is not `NAME.pt`."""


def whisper_dir(models_dir: Path | None) -> Path:
    """The folder of openai-whisper's files: `models_dir`, else the default of openai-whisper."""
    if models_dir is not None:
        return models_dir
    return Path(os.getenv("XDG_CACHE_HOME", Path.home() / ".cache")) / "whisper"


def resolve_native(
    model: str, device: Device, sources: Sources, native: Native, models_dir: Path | None
) -> ResolvedModel:
    """The model in the backend's own format, else in CTranslate2's (`ResolvedModel.format` says).

    Blocking; may download. Raises SetupError.
    """
    found = _find(model, device, sources, native, models_dir)
    if found is not None:
        return found
    wanted = native == "hugging-face" and _is_hub_id(model) and HUB in sources.order
    if wanted and not is_here(model, sources):
        path = sources.hub.fetch(model, HUGGING_FACE)
        return ResolvedModel(path, model, "hub", format="hugging-face")
    return resolve(model, device, sources)


def is_native_here(model: str, sources: Sources, native: Native, models_dir: Path | None) -> bool:
    """Whether `resolve_native` would find the model without a network. Cheap; raises nothing."""
    return _find(model, "cpu", sources, native, models_dir) is not None or is_here(model, sources)


def _find(
    model: str, device: Device, sources: Sources, native: Native, models_dir: Path | None
) -> ResolvedModel | None:
    if model == BUNDLED:
        return None
    if model == AUTO:
        own = best_placed(sources.cache_dir, device, HUGGING_FACE)
        if native == "hugging-face" and own is not None:
            return ResolvedModel(own[1], own[0], "directory", format="hugging-face")
        names = (known.name for known in preferred(device))
        found = (_find(name, device, sources, native, models_dir) for name in names)
        return next((one for one in found if one is not None), None)
    if native == "openai":
        return _find_openai(model, models_dir)
    directory = Path(model).expanduser()
    if directory.is_dir() and not cache.missing_files(directory, HUGGING_FACE):
        shown = directory.resolve().name
        return ResolvedModel(directory, shown, "directory", format="hugging-face")
    own_path = placed_as(model, sources.cache_dir, HUGGING_FACE)
    if own_path is not None:
        return ResolvedModel(own_path, model, "directory", format="hugging-face")
    path = cache.find(repository_of(model), sources.cache_dir, HUGGING_FACE)
    return ResolvedModel(path, model, "cache", format="hugging-face") if path else None


def _find_openai(model: str, models_dir: Path | None) -> ResolvedModel | None:
    file = Path(model).expanduser()
    if file.suffix == ".pt" and file.is_file():
        return ResolvedModel(file, file.stem, "directory", format="openai")
    if model not in CATALOGUE:
        return None
    file = whisper_dir(models_dir) / openai_file(model)
    return ResolvedModel(file, model, "cache", format="openai") if file.is_file() else None


def openai_file(model: str) -> str:
    """File name that openai-whisper uses for a catalogue model."""
    return f"{_FILES.get(model, model)}.pt"


def _is_hub_id(model: str) -> bool:
    organisation, _, name = model.partition("/")
    return bool(organisation and name) and organisation[0] not in ".~" and "/" not in name
