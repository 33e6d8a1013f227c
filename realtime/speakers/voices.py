"""How this process tells speakers apart: its networks, and the rules by which voices are one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from realtime.errors import SetupError
from realtime.speakers.clustering import Clustering, ClusterOptions
from realtime.speakers.embedding import NetworkFiles, SpeakerNetwork


@dataclass(frozen=True, slots=True)
class VoiceSetup:
    """Networks, and the rules that were settled for them."""

    files: NetworkFiles
    options: ClusterOptions
    known_threshold: float = 0.6
    """From which likeness a voice is surely a remembered one (`speakers.known.names`)."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Shared by all streams and files."""

    find: Callable[[], VoiceSetup]
    """Looks which networks are there, which may be others than a while ago. Raises SetupError where
    there are none, or they cannot be used: a sentence for users."""

    @property
    def problem(self) -> str:
        """Why speakers cannot be told apart here; empty where they can. Loads nothing."""
        try:
            self.find()
        except SetupError as error:
            return error.message
        return ""

    def network(self) -> SpeakerNetwork:
        """Loaded by the first call. Raises SetupError as `find`."""
        return load(self.find().files)

    def clustering(self, known: Iterable[Sequence[float]] = ()) -> Clustering:
        """For a new stream or file; `known`: the state of one that goes on. Raises SetupError."""
        return Clustering(self.find().options, known)

    def known_threshold(self) -> float:
        """See `VoiceSetup`. Raises SetupError."""
        return self.find().known_threshold


@cache
def load(files: NetworkFiles) -> SpeakerNetwork:
    """Once a process."""
    return SpeakerNetwork(files)
