"""Features → stretches in which, most likely, one voice speaks. Pure.

People take turns in pauses, so a pause ends a stretch. A long run without one is cut evenly:
whoever comes in without a pause is then found in the next part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from realtime.speakers.fbank import FRAME_SAMPLES, HOP_SAMPLES
from realtime.types import SAMPLE_RATE

FRAMES_PER_S = SAMPLE_RATE // HOP_SAMPLES

PAUSE = FRAMES_PER_S // 4
"""0.25 s of silence may hide a change of speakers; stops and sighs are shorter."""
LONGEST = 4 * FRAMES_PER_S
"""A longer run is cut: half of it, 2 s, is still enough to know a voice by."""
LEAST_EMBEDDED_S = 0.5
"""Of speech: less tells nothing of a voice."""

Embedding = npt.NDArray[np.float32]
"""What a network makes of a voice: length 1, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Run:
    """Frames `start` … `end`, `end` excluded, of which `voiced` are not silent."""

    start: int
    end: int
    voiced: int

    @property
    def voiced_s(self) -> float:
        return self.voiced / FRAMES_PER_S


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """One run on the session's clock, or in the file, and what was heard of its voice."""

    start_s: float
    end_s: float
    voiced_s: float
    embedding: Embedding | None
    """None where it is too short to tell."""


def runs(voiced: npt.NDArray[np.bool_]) -> list[Run]:
    """Stretches of speech in order, apart, each begun and ended by a voiced frame.

    `voiced`: of each frame, shape (n,), as `fbank.voiced` tells.
    """
    frames = np.flatnonzero(voiced)
    if not len(frames):
        return []
    breaks = np.flatnonzero(np.diff(frames) > PAUSE)
    parts = np.split(frames, breaks + 1)
    return [run for part in parts for run in _halved(part.tolist())]


def _halved(frames: Sequence[int]) -> Iterator[Run]:
    """Parts of nearly equal length, none longer than `LONGEST`. `frames`: the voiced ones."""
    first, length = frames[0], frames[-1] + 1 - frames[0]
    count = -(-length // LONGEST)
    borders = [first + length * part // count for part in range(count + 1)]
    for low, high in pairwise(borders):
        inside = [frame for frame in frames if low <= frame < high]
        yield Run(inside[0], inside[-1] + 1, len(inside))


def seconds(frame: int, start: int) -> float:
    """When a frame begins. `start`: sample at which frame 0 does."""
    return (start + frame * HOP_SAMPLES) / SAMPLE_RATE


def end_seconds(frame: int, start: int) -> float:
    """When the last frame before `frame` ends."""
    return (start + (frame - 1) * HOP_SAMPLES + FRAME_SAMPLES) / SAMPLE_RATE
