"""Sources of models: the hub and the package index, in the order of use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from realtime.errors import SetupError
from realtime.weights import cache
from realtime.weights.catalogue import CATALOGUE
from realtime.weights.drafts import size_text
from realtime.weights.hub import Hub
from realtime.weights.index.package_index import PackageIndex
from realtime.weights.index.packages import PackagedModel

Source = Literal["hub", "index"]
HUB: Source = "hub"
INDEX: Source = "index"
SOURCES: tuple[Source, ...] = (HUB, INDEX)

_log = structlog.get_logger("models")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model that was downloaded."""

    name: str
    path: Path
    source: Source


@dataclass(frozen=True, slots=True)
class Sources:
    """The hub, the index, and the cache of their downloads."""

    hub: Hub
    index: PackageIndex
    order: tuple[Source, ...] = SOURCES

    @classmethod
    def from_environment(
        cls,
        models_dir: Path | None = None,
        timeout_s: float = 5.0,
        order: Sequence[str] = SOURCES,
    ) -> Sources:
        """Sources configured by Hugging Face's environment variables and by pip's configuration."""
        hub = Hub.from_environment(models_dir, timeout_s)
        known = tuple(source for name in order for source in SOURCES if source == name)
        return cls(hub, PackageIndex(hub.cache_dir, timeout_s), known)

    @property
    def cache_dir(self) -> Path:
        return self.hub.cache_dir

    def cached(self, model: str) -> Path | None:
        """The folder of `model`, a name of the catalogue or a hub id, in CTranslate2's format, from
        any source."""
        found = cache.find(_on_hub(model), self.cache_dir)
        return found if found is not None else self.index.cached(model)

    def of(self, model: str) -> tuple[Source, ...]:
        """The sources that may have `model`. Uses no network."""
        return tuple(each for each in self.order if each == HUB or self.index.offered(model))

    def fetch(self, models: Sequence[str], agree: Callable[[str], None] | None = None) -> Fetched:
        """Try each source in turn with the first of `models` that it may have, until one succeeds.

        `models`: names of the catalogue or hub ids, best first. `agree`: called with a sentence
        about the download, for instance to ask the user. Blocking. Raises SetupError with the
        failure of each source, and any error of `agree`.
        """
        if self.hub.offline:
            raise SetupError(
                f"The model {models[0]} is not in {self.cache_dir} and HF_HUB_OFFLINE forbids "
                "downloading it: unset HF_HUB_OFFLINE, or use --model DIRECTORY or --model bundled."
            )
        choices = self._choices(models)
        refused: list[str] = []
        for number, (source, model) in enumerate(choices, 1):
            try:
                if agree is not None:
                    agree(self._announced(source, model))
                return Fetched(model, self._fetch(source, model), source)
            except SetupError as error:
                refused.append(error.message)
                if number < len(choices):
                    _log.warning("model_source_failed", source=source, reason=error.message)
        raise SetupError(" ".join(refused) or self._nobody(models[0]))

    def fetch_speakers(self, agree: Callable[[str], None] | None = None) -> Path:
        """Download the weights of the speaker networks, which only the index has; see `fetch`."""
        packaged = self.index.speaker_networks
        if self.hub.offline or INDEX not in self.order:
            cause = "HF_HUB_OFFLINE" if self.hub.offline else "--model-sources"
            raise SetupError(
                f"The speaker model is not in {self.cache_dir}, and {cause} "
                "forbids downloading it: run `realtime models download speakers` without it."
            )
        if agree is not None:
            agree(_packages(packaged))
        return self.index.fetch(packaged)

    def _choices(self, models: Sequence[str]) -> list[tuple[Source, str]]:
        """Each source with the first of `models` that it may have."""
        first = (
            (each, next((m for m in models if each in self.of(m)), None)) for each in self.order
        )
        return [(source, model) for source, model in first if model is not None]

    def _fetch(self, source: Source, model: str) -> Path:
        if source == HUB:
            return self.hub.fetch(_on_hub(model))
        packaged = self.index.offered(model)
        assert packaged is not None, "the index does not have this model"
        return self.index.fetch(packaged)

    def _announced(self, source: Source, model: str) -> str:
        """A sentence about the download. Asks the hub for sizes. Raises SetupError."""
        packaged = self.index.offered(model)
        if source == INDEX and packaged is not None:
            return _packages(packaged)
        size = size_text(sum(self.hub.sizes(_on_hub(model)).values()))
        return f"{_on_hub(model)} ({size})"

    def _nobody(self, model: str) -> str:
        asked = ", ".join(self.order) or "none"
        return (
            f"The model {model} is not in {self.cache_dir}, nor in the sources of "
            f"--model-sources ({asked}): correct that, or use --model DIRECTORY or --model bundled."
        )


def _packages(packaged: PackagedModel) -> str:
    size = size_text(packaged.download_bytes)
    return (
        f"{packaged.origin} ({size}, licence {packaged.licence}; {packaged.pinned} of the package "
        "index)"
    )


def _on_hub(model: str) -> str:
    return CATALOGUE[model].repository if model in CATALOGUE else model
