"""Speech without words: what no word of a text covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks.shared.recordings import Range
from realtime.types import Word

PAD_S = 0.2
LONGEST_WORD_S = 2.0


def covered(words: Iterable[Word], length: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each step of 10 ms, whether a word covers it."""
    told = np.zeros(length // 160 + 1, bool)
    for word in words:
        end_s = min(word.end_s, word.start_s + LONGEST_WORD_S)
        told[max(0, int((word.start_s - PAD_S) * 100)) : int((end_s + PAD_S) * 100)] = True
    return told


def untold(words: Iterable[Word], spoken: Sequence[Range], length: int) -> list[Range]:
    """Runs of speech that no word covers, in steps of 10 ms."""
    voiced = np.zeros(length // 160 + 1, bool)
    for start, end in spoken:
        voiced[start // 160 : end // 160] = True
    bare = np.concatenate([[False], voiced & ~covered(words, length), [False]])
    edges = np.flatnonzero(np.diff(bare.astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
