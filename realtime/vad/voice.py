"""How sure the detector is that it hears a voice: recent probabilities, by position. Pure.

Twelve people at once, laughter and noise keep a detector above its threshold without ever making it
certain; one person who speaks does so with most syllables, however soft. So the best tenth of a
span's frames tells them apart, which neither the threshold nor the mean does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from realtime.vad.base import FRAME_SAMPLES

BEST = 90.0
"""Percentile of the frames that counts. Silero, spans of speech as live utterances and as files:
babble of twelve is at 0.50 to 0.83, synthetic laughter at 0.83 to 0.87; of 127 utterances of people
five, of one soft voice and of a noisy hall, are at 0.76 to 0.87, and their files at 0.92 at least.
"""


SPARE_FRAMES = 256
"""Frames that are dropped at once: dropping moves all that stay."""


class VoiceStrength:
    """The probabilities of one stream's recent frames. Plain lists, since a packet brings three
    frames, for which an array costs ten times as much."""

    def __init__(self) -> None:
        self._ends: list[int] = []
        """For each frame, the sample just after it."""
        self._probabilities: list[float] = []

    def append(self, end: int, probabilities: Sequence[float]) -> None:
        """Add the next frames, the last of which ends at sample `end`."""
        first = end - FRAME_SAMPLES * (len(probabilities) - 1)
        self._ends.extend(range(first, end + 1, FRAME_SAMPLES))
        self._probabilities.extend(probabilities)

    def trim(self, before: int) -> None:
        """Allow frames that end before a sample to be dropped."""
        if len(self._ends) <= SPARE_FRAMES or self._ends[SPARE_FRAMES] >= before:
            return
        gone = bisect_left(self._ends, before)
        del self._ends[:gone], self._probabilities[:gone]

    def surest(self, speech: Iterable[tuple[int, int]], start: int, end: int) -> float | None:
        """The probability in the best tenth of the frames from sample `start` to `end` that lie in
        the ranges of `speech`; None where there is no frame."""
        frames: list[float] = []
        for a, b in speech:
            first = bisect_left(self._ends, max(a, start) + 1)
            last = bisect_left(self._ends, min(b, end) + 1)
            frames += self._probabilities[first:last]
        return _percentile(frames, BEST) if frames else None


def _percentile(values: Sequence[float], percent: float) -> float:
    """Interpolated linearly between the two nearest values, as by numpy's `percentile`, which takes
    ten times as long on a hundred values."""
    ordered, at = sorted(values), (len(values) - 1) * percent / 100
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)
