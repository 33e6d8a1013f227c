"""The outline of a recording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.audio.files import SampleReader
from realtime.server.page.outline import CELL_SAMPLES, MOST_POINTS, fewer, read_outline


def test_every_cell_has_its_loudest_sample() -> None:
    audio = np.zeros(3 * CELL_SAMPLES + 10, np.float32)
    audio[5], audio[CELL_SAMPLES + 7], audio[-1] = 0.5, -0.75, 0.25
    seconds, peaks = read_outline(SampleReader(audio, 0, 60.0))
    assert seconds == pytest.approx(len(audio) / 16_000)
    assert peaks == [0.5, 0.75, 0.0, 0.25]


def test_silence_of_any_length_is_flat() -> None:
    seconds, peaks = read_outline(SampleReader(np.zeros(16_000 * 1300, np.float32), 0, 1400.0))
    assert seconds == 1300
    assert len(peaks) == MOST_POINTS
    assert set(peaks) == {0.0}


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=300), st.integers(1, 50))
def test_fewer_points_keep_the_loudest(values: list[float], most: int) -> None:
    peaks = np.array(values, np.float32)
    kept = fewer(peaks, most)
    assert len(kept) == min(len(peaks), most)
    assert kept.max() == peaks.max()
