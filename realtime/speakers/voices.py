"""How this process tells speakers apart: its networks, and the limits that go with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from realtime.errors import SetupError
from realtime.speakers.clustering import Clustering, ClusterOptions
from realtime.speakers.embedding import NetworkFiles, SpeakerNetwork


@dataclass(frozen=True, slots=True)
class VoiceSetup:
    """Networks, and the limits chosen for them."""

    files: NetworkFiles
    options: ClusterOptions
    known_threshold: float = 0.6
    """Similarity from which a voice is surely a remembered one (`speakers.known.names`)."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Networks and limits that all streams and files share."""

    find: Callable[[], VoiceSetup]
    """Finds the networks that are present now; they may change. Raises SetupError, with a message
    for users, if there are none or they cannot be used."""

    @property
    def problem(self) -> str:
        """Why speakers cannot be told apart here; empty if they can. Loads nothing."""
        try:
            self.find()
        except SetupError as error:
            return error.message
        return ""

    def network(self) -> SpeakerNetwork:
        """The network, loaded by the first call. Raises SetupError as `find` does."""
        return load(self.find().files)

    def clustering(self, known: Iterable[Sequence[float]] = ()) -> Clustering:
        """For a new stream or file. `known`: the state of one to continue. Raises SetupError."""
        return Clustering(self.find().options, known)

    def known_threshold(self) -> float:
        """See `VoiceSetup`. Raises SetupError."""
        return self.find().known_threshold


@cache
def load(files: NetworkFiles) -> SpeakerNetwork:
    """Load each network once per process."""
    return SpeakerNetwork(files)
