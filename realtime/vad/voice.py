"""How sure the detector is that it hears a voice: recent probabilities, by position. Pure.

Twelve people at once, laughter and noise keep a detector above its threshold without ever making it
certain; one person who speaks does so with most syllables, however soft. So the best tenth of a
span's frames tells them apart, which neither the threshold nor the mean does.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from realtime.vad.base import FRAME_SAMPLES, Probabilities

BEST = 90.0
"""Percentile of the frames that counts. Silero, spans of speech as live utterances and as files:
babble of twelve is at 0.50 to 0.83, synthetic laughter at 0.83 to 0.87; of 127 utterances of people
five, of one soft voice and of a noisy hall, are at 0.76 to 0.87, and their files at 0.92 at least.
"""


class VoiceStrength:
    """The probabilities of one stream's recent frames."""

    def __init__(self) -> None:
        self._ends: npt.NDArray[np.int64] = np.empty(0, np.int64)
        """For each frame, the sample just after it."""
        self._probabilities: Probabilities = np.empty(0, np.float32)

    def append(self, end: int, probabilities: Probabilities) -> None:
        """Add the next frames, shape (frames,), the last of which ends at sample `end`."""
        ends = end - FRAME_SAMPLES * np.arange(len(probabilities) - 1, -1, -1)
        self._ends = np.concatenate([self._ends, ends])
        self._probabilities = np.concatenate([self._probabilities, probabilities])

    def trim(self, before: int) -> None:
        """Drop the frames that end before a sample."""
        gone = int(np.searchsorted(self._ends, before))
        self._ends, self._probabilities = self._ends[gone:], self._probabilities[gone:]

    def surest(self, speech: Iterable[tuple[int, int]], start: int, end: int) -> float | None:
        """The probability in the best tenth of the frames from sample `start` to `end` that lie in
        the ranges of `speech`; None where there is no frame."""
        clipped = [(max(a, start), min(b, end)) for a, b in speech if a < end and b > start]
        found = [
            self._probabilities[slice(*np.searchsorted(self._ends, (a + 1, b + 1)))]
            for a, b in clipped
        ]
        frames = np.concatenate(found) if found else self._probabilities[:0]
        return float(np.percentile(frames, BEST)) if len(frames) else None
