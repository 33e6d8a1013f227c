"""The model backends by name: what each needs, whether it has it, and how it is loaded."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from dotenv import dotenv_values

from realtime.backends.base import Backend
from realtime.backends.whisper.runtimes.hosted import HostedBackend, Recipe
from realtime.errors import BadOption, LoadFailed, ProviderAuth
from realtime.settings import Settings
from realtime.weights.device import pick_device
from realtime.weights.native import Native, is_native_here, resolve_native
from realtime.weights.resolve import ResolvedModel, is_here, resolve
from realtime.weights.sources import Sources
from realtime.weights.torch_state import torch_state

CLOUD = "openai-api"
"""Sends audio to a third party and costs money, so it is used only if the settings name it."""
KEY_VARIABLE = "OPENAI_API_KEY"

Made = tuple[Backend, ResolvedModel]


@dataclass(frozen=True, slots=True)
class BackendKind:
    """One way to run a model."""

    name: str
    aliases: tuple[str, ...]
    packages: tuple[str, ...]
    """Packages that must be importable."""
    extra: str
    """The extra of realtime-whisper that installs `packages`; empty: they are always installed."""
    has_model: Callable[[Settings, Sources], bool]
    """Whether its model could be loaded without a network. Cheap."""
    load: Callable[[Settings, Sources], Made]
    """Blocking; may download. Raises SetupError, LoadFailed and the provider's errors."""

    def missing(self) -> list[str]:
        """Packages that are not installed. Looks them up without importing them."""
        return [name for name in self.packages if importlib.util.find_spec(name) is None]

    def make(self, settings: Settings, sources: Sources) -> Made:
        """Load the model. Raises LoadFailed, SetupError and the provider's errors."""
        lacking = self.missing()
        if lacking:
            raise LoadFailed(
                f"The backend {self.name} needs {', '.join(lacking)}: "
                f"pip install 'realtime-whisper[{self.extra}]'."
            )
        return self.load(settings, sources)


def load_faster_whisper(resolved: ResolvedModel, settings: Settings) -> Backend:
    """The default backend. Raises LoadFailed."""
    from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend

    return FasterWhisperBackend(
        resolved.path,
        device=settings.device,
        compute_type=settings.compute_type,
        workers=settings.cpu_workers,
        shown_name=resolved.shown_name,
    )


def find_model(settings: Settings, sources: Sources) -> ResolvedModel:
    """The settings' model in CTranslate2's format; may download. Raises SetupError."""
    return resolve(settings.model, pick_device(settings.device), sources)


def _faster_whisper(settings: Settings, sources: Sources) -> Made:
    resolved = find_model(settings, sources)
    return load_faster_whisper(resolved, settings), resolved


def _has_ctranslate2(settings: Settings, sources: Sources) -> bool:
    return is_here(settings.model, sources)


def _has_native(native: Native) -> Callable[[Settings, Sources], bool]:
    def here(settings: Settings, sources: Sources) -> bool:
        return is_native_here(settings.model, sources, native, settings.models_dir)

    return here


RUNTIMES = "realtime.backends.whisper.runtimes."


def _on_torch(
    target: str, native: Native, path_argument: str
) -> Callable[[Settings, Sources], Made]:
    """A loader for a Whisper backend on torch. `target`: `module:class` in `RUNTIMES`; not
    imported here."""

    def load(settings: Settings, sources: Sources) -> Made:
        resolved = resolve_native(
            settings.model, pick_device(settings.device), sources, native, settings.models_dir
        )
        source = partial(torch_state, resolved.path) if resolved.format == "ctranslate2" else None
        arguments = {
            path_argument: resolved.path,
            "device": settings.device,
            "compute_type": settings.compute_type,
            "source": source,
            "shown_name": resolved.shown_name,
        }
        return HostedBackend(Recipe(RUNTIMES + target, arguments)), resolved

    return load


def _openai_api(settings: Settings, sources: Sources) -> Made:
    from realtime.backends.openai_api import CloudOptions, OpenAIBackend

    key = cloud_key()
    if not key:
        raise ProviderAuth(
            "The backend openai-api needs a key: set OPENAI_API_KEY, in the environment or in the "
            "file .env."
        )
    options = CloudOptions(
        key,
        settings.openai_base_url,
        settings.openai_model,
        settings.openai_usd_per_minute,
    )
    shown = ResolvedModel(Path(), settings.openai_model, "cloud")
    return OpenAIBackend(options), shown


def cloud_key() -> str:
    """`OPENAI_API_KEY` from the environment, else from `.env` in the working directory, else ""."""
    return os.environ.get(KEY_VARIABLE) or dotenv_values(".env").get(KEY_VARIABLE) or ""


_KINDS = (
    BackendKind(
        name="faster-whisper",
        aliases=("faster_whisper",),
        packages=("faster_whisper", "ctranslate2"),
        extra="",
        has_model=_has_ctranslate2,
        load=_faster_whisper,
    ),
    BackendKind(
        name="transformers",
        aliases=(),
        packages=("transformers", "torch"),
        extra="transformers",
        has_model=_has_native("hugging-face"),
        load=_on_torch(
            "transformers:TransformersBackend",
            "hugging-face",
            "model_dir",
        ),
    ),
    BackendKind(
        name="openai-whisper",
        aliases=("openai_whisper", "whisper"),
        packages=("whisper", "torch"),
        extra="openai-whisper",
        has_model=_has_native("openai"),
        load=_on_torch(
            "openai_whisper:OpenAIWhisperBackend",
            "openai",
            "path",
        ),
    ),
    BackendKind(
        name=CLOUD,
        aliases=("openai_api",),
        packages=("openai",),
        extra="openai",
        has_model=lambda settings, sources: bool(cloud_key()),
        load=_openai_api,
    ),
)
KINDS: Mapping[str, BackendKind] = MappingProxyType({kind.name: kind for kind in _KINDS})


def canonical(name: str, kinds: Mapping[str, BackendKind] = KINDS) -> str:
    """A backend's name or alias → its name. Raises BadOption, which lists the known names."""
    for kind in kinds.values():
        if name == kind.name or name in kind.aliases:
            return kind.name
    raise BadOption(
        f"There is no backend {name!r}: the backends are {', '.join(kinds)}.",
        field="backend",
        available=list(kinds),
    )
