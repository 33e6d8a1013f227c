"""Cuts features into stretches in which, most likely, one voice speaks. Pure.

People mostly take turns at pauses, so a pause ends a stretch. Without a pause, a stretch ends where
the speech just before and just after a position differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from realtime.speakers.fbank import FRAME_SAMPLES, HOP_SAMPLES
from realtime.types import SAMPLE_RATE

FRAMES_PER_S = SAMPLE_RATE // HOP_SAMPLES

PAUSE = FRAMES_PER_S // 4
"""0.25 s of silence may hide a change of speakers; stops and sighs are shorter."""
SIDE = 12 * FRAMES_PER_S // 10
"""Speech that is compared before and behind a position: 1.2 s. With less, one voice often differs
from itself; with more, short turns are missed."""
STEP = SIDE // 5
"""Frames from one compared position to the next."""
CHANGE = 0.4
"""Cosine similarity of the two sides below which the speaker changes. Measured with the bundled
network on unknown voices without pauses: it is lower at 94 % of the changes and at 2 % of the
positions within one turn."""
LONGEST = 4 * FRAMES_PER_S
"""A stretch longer than 4 s is cut: half of it, 2 s, is still enough to recognise a voice, and a
missed change spoils no more than this."""
LEAST_EMBEDDED = FRAMES_PER_S // 2
"""0.5 s of speech: less does not identify a voice."""

Embedding: TypeAlias = npt.NDArray[np.float32]
"""A voice as a vector of length 1, computed by a network, shape (n,)."""
Frames: TypeAlias = npt.NDArray[np.intp]
"""Indexes of voiced frames, ascending, shape (n,), n >= 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A stretch of one voice, with times on the session's clock or in the file."""

    start_s: float
    end_s: float
    voiced_s: float
    embedding: Embedding | None
    """None if the stretch is too short for one."""
    voice: tuple[int, int] | None = None
    """(first sample of the piece, number of the voice in it) from a segmentation network; None
    without such a network."""


def runs(voiced: npt.NDArray[np.bool_]) -> list[Frames]:
    """The runs of voiced frames between pauses, in order.

    `voiced`: whether each frame is voiced, shape (n,), from `fbank.voiced`.
    """
    frames = np.flatnonzero(voiced)
    if not len(frames):
        return []
    return np.split(frames, np.flatnonzero(np.diff(frames) > PAUSE) + 1)


def changes(likeness: Sequence[float]) -> list[int]:
    """Indexes of the positions at which the speaker changes, ascending. The least similar ones are
    chosen first, and no two are closer to each other than `SIDE`.

    `likeness`: similarity of the speech before and behind each position, `STEP` frames apart.
    """
    found: list[int] = []
    for place in sorted(range(len(likeness)), key=likeness.__getitem__):
        if likeness[place] >= CHANGE:
            break
        if all(abs(place - other) >= SIDE // STEP for other in found):
            found.append(place)
    return sorted(found)


def parts(frames: Frames, places: Sequence[int]) -> list[Frames]:
    """Frames cut at `places` (indexes into them, inside, ascending), and into parts of nearly equal
    size where one is longer than `LONGEST`."""
    cut = np.split(frames, places)
    return [part for one in cut for part in np.array_split(one, -(-len(one) // LONGEST))]


def evenly(start: int, end: int, longest: int) -> list[tuple[int, int]]:
    """(start, end) of the fewest parts of at most `longest`, of nearly equal size."""
    count = -(-(end - start) // longest)
    edges = [start + (end - start) * number // count for number in range(count)]
    return list(pairwise([*edges, end]))


def seconds(frame: int, start: int) -> float:
    """When a frame begins. `start`: sample at which frame 0 begins."""
    return (start + int(frame) * HOP_SAMPLES) / SAMPLE_RATE


def end_seconds(frame: int, start: int) -> float:
    """When a frame ends."""
    return seconds(frame, start + FRAME_SAMPLES)
