"""Conversions of samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.audio.samples import silence, to_s16
from realtime.types import SAMPLE_RATE


@given(st.lists(st.floats(-2.0, 2.0, width=32)))
def test_sixteen_bits_are_the_nearest_ones_and_clip(values: list[float]) -> None:
    audio = np.array(values, np.float32)
    told = to_s16(audio) / 32768.0
    assert told == pytest.approx(np.clip(audio, -1.0, 32767 / 32768), abs=0.5 / 32768)


def test_silence_has_the_requested_length() -> None:
    assert len(silence(0.25)) == SAMPLE_RATE // 4
    assert not silence(0.25).any()
