"""How this process tells speakers apart: one network, and the rules by which voices are one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from realtime.speakers.clustering import Clustering, ClusterOptions
from realtime.speakers.embedding import SpeakerNetwork


@dataclass(frozen=True, slots=True)
class Voices:
    """Shared by all streams and files."""

    network: Callable[[], SpeakerNetwork]
    """Loaded by the first call. Raises SetupError where it cannot be used."""
    options: ClusterOptions

    def clustering(self, known: Iterable[Sequence[float]] = ()) -> Clustering:
        """For a new stream or file; `known`: the state of one that goes on."""
        return Clustering(self.options, known)
