"""Models with a short name, and the order in which `auto` prefers them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Device = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A Whisper model on the public hub in CTranslate2's format."""

    name: str
    repository: str
    parameters_m: int
    """Millions of parameters, from the model cards of openai/whisper and distil-whisper."""

    @property
    def multilingual(self) -> bool:
        """Whether it knows languages besides English."""
        return not self.name.endswith(".en") and not self.name.startswith("distil-")

    @property
    def download_mb(self) -> int:
        """Approximate; the hub has 16-bit weights, two bytes per parameter."""
        return 2 * self.parameters_m


# Names and repositories are those of faster-whisper (a test compares them with the package).
_KNOWN = (
    KnownModel("tiny", "Systran/faster-whisper-tiny", 39),
    KnownModel("tiny.en", "Systran/faster-whisper-tiny.en", 39),
    KnownModel("base", "Systran/faster-whisper-base", 74),
    KnownModel("base.en", "Systran/faster-whisper-base.en", 74),
    KnownModel("small", "Systran/faster-whisper-small", 244),
    KnownModel("small.en", "Systran/faster-whisper-small.en", 244),
    KnownModel("medium", "Systran/faster-whisper-medium", 769),
    KnownModel("medium.en", "Systran/faster-whisper-medium.en", 769),
    KnownModel("large-v1", "Systran/faster-whisper-large-v1", 1550),
    KnownModel("large-v2", "Systran/faster-whisper-large-v2", 1550),
    KnownModel("large-v3", "Systran/faster-whisper-large-v3", 1550),
    KnownModel("large", "Systran/faster-whisper-large-v3", 1550),
    KnownModel("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 809),
    KnownModel("turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 809),
    KnownModel("distil-small.en", "Systran/faster-distil-whisper-small.en", 166),
    KnownModel("distil-medium.en", "Systran/faster-distil-whisper-medium.en", 394),
    KnownModel("distil-large-v2", "Systran/faster-distil-whisper-large-v2", 756),
    KnownModel("distil-large-v3", "Systran/faster-distil-whisper-large-v3", 756),
    KnownModel("distil-large-v3.5", "distil-whisper/distil-large-v3.5-ct2", 756),
)
CATALOGUE: Mapping[str, KnownModel] = MappingProxyType({model.name: model for model in _KNOWN})

_REPOSITORIES: Mapping[str, str] = MappingProxyType(
    {
        "large": "openai/whisper-large-v3",
        "turbo": "openai/whisper-large-v3-turbo",
    }
)
"""Name → repository, where it differs from `openai/whisper-NAME` and `distil-whisper/NAME`."""

BUNDLED = "bundled"
AUTO = "auto"
BUNDLED_SHOWN_NAME = "micro (bundled demo)"

_PREFERENCE: Mapping[Device, tuple[str, ...]] = {
    # On a CPU, a few cores run about `small` in real time; of larger models, the fastest is first.
    "cpu": ("small", "base", "tiny", "medium", "large-v3-turbo", "large-v3", "large-v2"),
    "cuda": ("large-v3-turbo", "large-v3", "large-v2", "medium", "small", "base", "tiny"),
}


def preferred(device: Device) -> tuple[KnownModel, ...]:
    """Models that `auto` looks for in the cache, best first; it downloads only the first.

    All are multilingual: a model that nobody chose must know every stream's language.
    """
    return tuple(CATALOGUE[name] for name in _PREFERENCE[device])


def repository_of(model: str) -> str:
    """The repository of a catalogue name in Hugging Face's format; a hub id stays as it is."""
    if model in CATALOGUE:
        stock = (
            f"distil-whisper/{model}" if model.startswith("distil") else f"openai/whisper-{model}"
        )
        return _REPOSITORIES.get(model, stock)
    return model


def nearest(name: str) -> str | None:
    """The model name that is most similar to a mistyped `name`."""
    words = [*CATALOGUE, BUNDLED, AUTO]
    close = difflib.get_close_matches(name.lower(), words, n=1)
    return close[0] if close else None
