"""Features → stretches in which, most likely, one voice speaks. Pure.

People mostly take turns in pauses, so a pause ends a stretch. Where nobody pauses, a stretch ends
where what was heard just before and just after a place are unlike each other.
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
"""Speech that is compared before and behind a place: 1.2 s. With less, one voice is often unlike
itself; with more, short turns are missed."""
STEP = SIDE // 5
"""Places are so far apart."""
CHANGE = 0.4
"""Cosine similarity below which the speaker changes there. Measured on the bundled network, voices
it never heard, no pauses: 94 % of the changes lie below, 2 % of the places within one turn."""
LONGEST = 4 * FRAMES_PER_S
"""A longer stretch is cut all the same: half of it, 2 s, is still enough to know a voice by, and a
change that was missed spoils no more."""
LEAST_EMBEDDED = FRAMES_PER_S // 2
"""0.5 s of speech: less tells nothing of a voice."""

Embedding: TypeAlias = npt.NDArray[np.float32]
"""What a network makes of a voice: length 1, shape (n,)."""
Frames: TypeAlias = npt.NDArray[np.intp]
"""Indexes of voiced frames, ascending, shape (n,), n >= 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """One run on the session's clock, or in the file, and what was heard of its voice."""

    start_s: float
    end_s: float
    voiced_s: float
    embedding: Embedding | None
    """None where it is too short to tell."""
    voice: tuple[int, int] | None = None
    """(first sample of the piece, which of its voices), as a segmentation network tells; None where
    it was not asked."""


def runs(voiced: npt.NDArray[np.bool_]) -> list[Frames]:
    """The voiced frames between two pauses, in order.

    `voiced`: of each frame, shape (n,), as `fbank.voiced` tells.
    """
    frames = np.flatnonzero(voiced)
    if not len(frames):
        return []
    return np.split(frames, np.flatnonzero(np.diff(frames) > PAUSE) + 1)


def changes(likeness: Sequence[float]) -> list[int]:
    """Where the speaker changes, as indexes, ascending: the least alike first, and no two nearer
    to each other than `SIDE`.

    `likeness`: of what is heard before and behind each place, `STEP` apart.
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
    """(start, end) of as few parts of `longest` or less as there can be, of nearly equal size."""
    count = -(-(end - start) // longest)
    edges = [start + (end - start) * number // count for number in range(count)]
    return list(pairwise([*edges, end]))


def seconds(frame: int, start: int) -> float:
    """When a frame begins. `start`: sample at which frame 0 does."""
    return (start + int(frame) * HOP_SAMPLES) / SAMPLE_RATE


def end_seconds(frame: int, start: int) -> float:
    """When a frame ends."""
    return seconds(frame, start + FRAME_SAMPLES)
