"""Finds the border between two sentences in the audio. Pure.

Word times are off by a tenth of a second or more, which is as long as people pause between two
sentences in one breath; but the pause can be found in the audio.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from realtime.scripts import closes
from realtime.types import SAMPLE_RATE, Samples, Word

REACH = round(0.25 * SAMPLE_RATE)
"""How far, in samples, a border may lie from where the word times put it."""
QUIET = round(0.05 * SAMPLE_RATE)
"""Samples that must be quiet together: more than a stop consonant, less than a short pause."""
STEP = round(0.005 * SAMPLE_RATE)
ALIKE = 2.0
"""Places with up to twice the power of the quietest one (3 dB) count as equally quiet; of these the
nearest is taken."""
CONTRAST = 0.5
"""A pause has no more than this share of the power around it (-3 dB)."""


class Border(NamedTuple):
    """The border between the last word of a sentence and the first of the next."""

    before: Word
    after: Word

    @property
    def time_s(self) -> float:
        """Its place by the word times: half-way between both words."""
        return (self.before.end_s + self.after.start_s) / 2

    def sample(self, samples: Samples, start: int) -> int:
        """Its place by the audio, as a sample index: in a pause nearby, between the middles of both
        words, or by the word times if there is none. `samples`: shape (n,); the first one has the
        index `start` on the words' clock."""
        guess = round(self.time_s * SAMPLE_RATE) - start
        first = max(guess - REACH, round(self.before.middle_s * SAMPLE_RATE) - start, 0)
        last = min(guess + REACH, round(self.after.middle_s * SAMPLE_RATE) - start, len(samples))
        if last - first < QUIET:
            return start + guess
        power = np.concatenate([[0.0], np.cumsum(np.square(samples[first:last], dtype=np.float64))])
        places = np.arange(0, last - first - QUIET + 1, STEP)
        sums = power[places + QUIET] - power[places]
        if sums.min() > CONTRAST * power[-1] * QUIET / (last - first):
            return start + guess
        middles = places[sums <= ALIKE * sums.min()] + first + QUIET // 2
        return start + int(middles[np.abs(middles - guess).argmin()])


def last_border(words: Sequence[Word], start_s: float, end_s: float) -> Border | None:
    """The latest border of two sentences in `start_s` … `end_s`; None where there is none."""
    for before, after in reversed(list(pairwise(words))):
        border = Border(before, after)
        if closes(before.text) and start_s < border.time_s < end_s:
            return border
    return None
