"""From the output of a segmentation network to the times at which each voice is active."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.speakers.activity import (
    FIRST,
    STEP,
    VOICES,
    Activity,
    VoiceSpan,
    activity,
    alone,
    voice_spans,
)

NOBODY, ONE, TWO, THREE, ONE_AND_TWO = range(5)
LENGTH = FIRST + 100 * STEP


def heard(*classes: int) -> Activity:
    """The activity in frames of these classes."""
    return activity(np.eye(7, dtype=np.float32)[list(classes)])


def test_classes_mean_nobody_or_one_voice_or_two() -> None:
    assert heard(*range(7)).astype(int).tolist() == [
        *([0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]),
        *([1, 1, 0], [1, 0, 1], [0, 1, 1]),
    ]


def test_a_turn_lasts_until_a_pause_and_two_may_overlap() -> None:
    said = [ONE] * 20 + [ONE_AND_TWO] * 5 + [TWO] * 10 + [NOBODY] * 30 + [TWO] * 10 + [NOBODY]
    first, second, third = voice_spans(heard(*said), LENGTH)
    assert (first.voice, second.voice, third.voice) == (0, 1, 1)
    assert first.start == 0
    assert second.start == FIRST + 20 * STEP - STEP // 2 < first.end
    assert first.end - second.start == 5 * STEP
    assert third.end - third.start == 10 * STEP


def test_a_breath_is_no_pause_and_no_turn_exceeds_the_end() -> None:
    said = [ONE] * 5 + [NOBODY] * 5 + [ONE] * 5
    assert voice_spans(heard(*said), 2_000) == [VoiceSpan(0, 2_000, 0)]
    assert voice_spans(heard(*[NOBODY] * 9, ONE), 2_000) == []


def test_feature_frames_with_two_speakers_are_left_out() -> None:
    found = alone(heard(*[ONE] * 10, *[ONE_AND_TWO] * 10, *[NOBODY] * 10), 80)
    assert len(found) == 80
    middles = np.arange(80) * 160 + 200
    two = (middles > FIRST + 9.5 * STEP) & (middles < FIRST + 19.5 * STEP)
    assert (found == ~two).all()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=80), st.integers(1, LENGTH))
def test_stays_lie_in_the_piece_in_order_and_apart_where_of_one_voice(
    classes: list[int], length: int
) -> None:
    found = voice_spans(heard(*classes), length)
    assert [one.start for one in found] == sorted(one.start for one in found)
    for voice in range(VOICES):
        own = [one for one in found if one.voice == voice]
        assert all(0 <= one.start < one.end <= length for one in own)
        assert all(one.end < other.start for one, other in pairwise(own))


@pytest.mark.parametrize("count", [0, 1, 30])
def test_any_number_of_frames_is_accepted(count: int) -> None:
    assert alone(heard(ONE), count).tolist() == [True] * count
