"""Tones that replace speech."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.audio.beeps import TONE_LEVEL, beeped
from realtime.types import SAMPLE_RATE

NOISE = np.random.default_rng(1).uniform(-1, 1, (SAMPLE_RATE, 2)).astype(np.float32)


@given(st.integers(1, SAMPLE_RATE), st.floats(0, 0.9), st.floats(0.02, 0.5))
def test_blocks_give_the_same_as_one_and_nothing_of_the_speech_is_left(
    cut: int, start_s: float, long_s: float
) -> None:
    spans = [(start_s, start_s + long_s)]
    whole = beeped(NOISE, 0, spans)
    parts = [beeped(NOISE[:cut], 0, spans), beeped(NOISE[cut:], cut, spans)]
    assert np.array_equal(np.concatenate(parts), whole)
    start, end = round(start_s * SAMPLE_RATE), round((start_s + long_s) * SAMPLE_RATE)
    assert np.abs(whole[start:end]).max(initial=0.0) <= TONE_LEVEL
    assert np.array_equal(whole[:start], NOISE[:start])
    assert np.array_equal(whole[end:], NOISE[end:])
    assert np.array_equal(whole[start:end, 0], whole[start:end, 1])


def test_without_spans_nothing_changes() -> None:
    assert np.array_equal(beeped(NOISE, 0, []), NOISE)
