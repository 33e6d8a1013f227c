"""How sure a detector is of a span, wherever the calls and the trims fall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.vad.base import FRAME_SAMPLES
from realtime.vad.voice import BEST, VoiceStrength

PROBABILITIES = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60)


def kept(probabilities: list[float], pieces: list[int], start: int = 0) -> VoiceStrength:
    """The probabilities of a stream that begins at `start`, added in pieces."""
    voice, at = VoiceStrength(), start
    for piece in np.split(np.asarray(probabilities, np.float32), sorted(pieces)):
        at += len(piece) * FRAME_SAMPLES
        voice.append(at, piece.tolist())
    return voice


@given(PROBABILITIES, st.lists(st.integers(0, 60), max_size=5), st.data())
def test_it_is_the_best_tenth_of_the_frames_of_speech(
    probabilities: list[float], pieces: list[int], data: st.DataObject
) -> None:
    places = st.integers(0, len(probabilities))
    first, last = sorted((data.draw(places), data.draw(places)))
    voice = kept(probabilities, pieces, start=100)
    voice.trim(100 + first * FRAME_SAMPLES)
    found = voice.surest([(100 + first * FRAME_SAMPLES, 100 + last * FRAME_SAMPLES)], 0, 10**9)
    expected = (
        np.percentile(np.asarray(probabilities[first:last], np.float32), BEST)
        if last > first
        else None
    )
    assert found == (None if expected is None else pytest.approx(expected))


def test_speech_counts_only_within_the_window() -> None:
    voice = kept([0.9] * 10 + [0.5] * 10, [])
    half = 10 * FRAME_SAMPLES
    assert voice.surest([(0, 2 * half)], half, 2 * half) == 0.5
    assert voice.surest([(0, half)], half, 2 * half) is None
    assert voice.surest([], 0, half) is None


def test_only_some_syllables_need_to_be_sure() -> None:
    soft = [0.55, 0.6, 0.95, 0.7, 0.5] * 6
    babble = [0.55, 0.6, 0.75, 0.7, 0.5] * 6
    spans = [(0, 30 * FRAME_SAMPLES)]
    sure = [kept(heard, []).surest(spans, 0, 10**9) or 0.0 for heard in (soft, babble)]
    assert sure[0] > 0.9 > sure[1]


def test_frames_are_dropped_in_time() -> None:
    voice = kept([0.1] * 2_000 + [0.9] * 100, [500, 1_200])
    voice.trim(2_000 * FRAME_SAMPLES)
    assert voice.surest([(0, 2_000 * FRAME_SAMPLES - 1)], 0, 10**9) is None
    assert voice.surest([(0, 2_100 * FRAME_SAMPLES)], 0, 10**9) == pytest.approx(0.9)
