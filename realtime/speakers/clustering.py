"""Embeddings one after the other → speakers 0, 1, … in order of first appearance. Pure.

One pass, and what was said stays: a live final is never changed, and the segments of a file leave
while it is still being read, so files are treated alike. The price is that two speakers who were
taken for two at first are never made one later; the threshold is chosen with that in mind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.speakers.stretches import Embedding, Stretch
from realtime.types import SpeakerTurn

FOUNDS_S = 1.0
"""Speech that may found a speaker. Shorter stretches vary so much that one voice would be two."""
FULL_S = 30.0
"""Speech after which a speaker's mean hardly moves, so that it can follow a voice that changes."""


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """When two voices are one."""

    threshold: float = 0.5
    """Cosine similarity, -1 … 1, from which an embedding is of a known speaker."""
    max_speakers: int = 8
    """Beyond these everybody is the most similar of them."""


@dataclass(slots=True)
class _Speaker:
    """A known voice."""

    mean: Embedding
    """Length 1."""
    weight_s: float
    """Speech it is the mean of."""

    def join(self, embedding: Embedding, voiced_s: float) -> None:
        """Take another stretch into the mean."""
        total_s = self.weight_s + voiced_s
        self.mean = unit(self.mean * self.weight_s + embedding * voiced_s)
        self.weight_s = min(total_s, FULL_S)


class Clustering:
    """One stream or file. `turns` in order of time."""

    def __init__(self, options: ClusterOptions, known: Iterable[Sequence[float]] = ()) -> None:
        """`known`: what `state` gave, to go on where it was."""
        self._options = options
        self._speakers = [
            _Speaker(np.asarray(mean, np.float32), float(weight_s)) for weight_s, *mean in known
        ]

    @property
    def state(self) -> tuple[tuple[float, ...], ...]:
        """Of each speaker: speech in seconds, then the mean embedding. Plain numbers."""
        return tuple(
            (round(speaker.weight_s, 3), *np.round(speaker.mean, 4).tolist())
            for speaker in self._speakers
        )

    def turns(self, stretches: Iterable[Stretch]) -> tuple[SpeakerTurn, ...]:
        """Whose each stretch is."""
        return tuple(
            SpeakerTurn(stretch.start_s, stretch.end_s, self._speaker(stretch))
            for stretch in stretches
        )

    def _speaker(self, stretch: Stretch) -> int | None:
        if stretch.embedding is None:
            return None
        likeness = self._likeness(stretch.embedding)
        best = int(likeness.argmax()) if len(likeness) else None
        if best is not None and likeness[best] >= self._options.threshold:
            self._speakers[best].join(stretch.embedding, stretch.voiced_s)
            return best
        founds = stretch.voiced_s >= FOUNDS_S and len(likeness) < self._options.max_speakers
        if not founds:
            return best  # without a say in what that voice is like
        self._speakers.append(_Speaker(stretch.embedding, stretch.voiced_s))
        return len(self._speakers) - 1

    def _likeness(self, embedding: Embedding) -> npt.NDArray[np.float32]:
        """Cosine similarity to each known speaker."""
        return np.asarray([speaker.mean @ embedding for speaker in self._speakers], np.float32)


def unit(vector: npt.NDArray[np.float32]) -> Embedding:
    """The same direction with length 1; nothing stays nothing."""
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).astype(np.float32)
