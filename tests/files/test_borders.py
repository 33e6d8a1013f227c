"""A border is in a pause nearby, and always between the two words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.files.borders import QUIET, REACH, STEP, Border
from realtime.types import SAMPLE_RATE, Samples, Word

START = 5 * SAMPLE_RATE


def noise(seconds: float) -> Samples:
    made = np.random.default_rng(1).normal(0, 0.1, round(seconds * SAMPLE_RATE))
    return made.astype(np.float32)


def border(time_s: float, gap_s: float = 0.0, word_s: float = 0.6) -> Border:
    """A border half-way at `time_s`, on the clock of the window at `START`."""
    before_s, after_s = (5 + time_s - gap_s / 2, 5 + time_s + gap_s / 2)
    return Border(
        Word(" before.", before_s - word_s, before_s), Word(" After", after_s, after_s + word_s)
    )


@given(pause_s=st.floats(1.1, 1.8), told_s=st.floats(-0.2, 0.2), length_s=st.floats(0.06, 0.2))
def test_a_nearby_pause_is_found(pause_s: float, told_s: float, length_s: float) -> None:
    samples = noise(3.0)
    first, last = (round((pause_s + side * length_s / 2) * SAMPLE_RATE) for side in (-1, 1))
    samples[first:last] = 0.0
    at = border(pause_s + told_s).sample(samples, START) - START
    assert first - STEP <= at - QUIET // 2
    assert at + QUIET // 2 <= last + STEP


@given(
    time_s=st.floats(0, 3), gap_s=st.floats(0, 0.5), word_s=st.floats(0, 0.6), silent=st.booleans()
)
def test_the_border_stays_between_the_words(
    time_s: float, gap_s: float, word_s: float, silent: bool
) -> None:
    samples = noise(2.0) * (not silent)
    it = border(time_s, gap_s, word_s)
    at, guess = it.sample(samples, START), round(it.time_s * SAMPLE_RATE)
    assert abs(at - guess) <= REACH
    assert it.before.middle_s - 1e-4 <= at / SAMPLE_RATE <= it.after.middle_s + 1e-4


@pytest.mark.parametrize("samples", [noise(2.0), noise(2.0) * 0, np.zeros(0, np.float32)])
def test_without_a_pause_the_times_decide(samples: Samples) -> None:
    it = border(1.0)
    assert abs(it.sample(samples, START) - round(it.time_s * SAMPLE_RATE)) <= STEP
