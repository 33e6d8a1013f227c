"""Which hypotheses are doubtful, and which of two hypotheses is the better one."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.backends.whisper.checks.coverage import Hole
from realtime.backends.whisper.checks.remedies import (
    BEHIND_S,
    LEAD_S,
    REMEDIES,
    around,
    audible,
    copied,
    merit,
    speech_of,
    too_fast,
    was_said,
)
from realtime.types import SAMPLE_RATE, Hypothesis, Window, Word

SAMPLES = np.arange(4 * SAMPLE_RATE, dtype=np.float32)


def test_speech_is_that_of_the_window() -> None:
    window = Window(SAMPLES, 16_000, True, speech=((0, 8_000), (8_000, 24_000), (64_000, 96_000)))
    assert speech_of(window) == [(1.0, 1.5), (4.0, 5.0)]
    assert speech_of(Window(SAMPLES, 0, True)) == []


@pytest.mark.parametrize(
    ("text", "context", "is_copy"),
    [
        ("고객님의 개인정보를 여쭙", "본인 확인을 위하여 고객님의 개인정보를 여쭙겠습니다.", True),
        ("Yes.", "Yes, that is right.", False),
        ("Good morning.", "Good evening.", False),
        ("Good morning.", "", False),
    ],
)
def test_copies_of_the_context(text: str, context: str, is_copy: bool) -> None:
    assert copied(text, context) is is_copy


@pytest.mark.parametrize(
    ("sure", "expected"),
    [
        ((), False),  # a translation's words have no times
        ((0.9, 0.8, 0.6), True),
        ((0.9, 0.9, 0.9, 0.9, 0.1), False),  # another number than before
        ((0.5, 0.6, 0.5), False),
    ],
)
def test_words_are_audible_if_they_are_likely_without_context(
    sure: tuple[float, ...], expected: bool
) -> None:
    words = [Word(" word", at, at + 1.0, probability) for at, probability in enumerate(sure)]
    assert audible(words) is expected


def test_a_round_needs_time_and_a_voice() -> None:
    speech = [(0.0, 4.0)]
    assert was_said("Please try again.", 1.0, 2.2, speech)
    assert not was_said("Please try again.", 1.0, 1.2, speech)
    assert not was_said("Please try again.", 6.0, 7.2, speech)
    assert was_said("Please try again.", 6.0, 7.2, [])


def test_more_text_than_time() -> None:
    assert too_fast("word " * 40, [(0.0, 2.0)], 30.0)
    assert not too_fast("word " * 40, [], 30.0)


def test_a_hole_is_heard_with_a_little_around_it() -> None:
    window = Window(SAMPLES, 0, True)
    part = around(window, Hole(1.0, 2.0, 1.0, 0, 0), 0)
    assert part.start == round((1.0 - LEAD_S) * SAMPLE_RATE)
    assert part.end == round((2.0 + BEHIND_S) * SAMPLE_RATE)
    assert part.samples[0] == part.start
    followed = around(window, Hole(1.0, 2.0, 1.0, 0, 0), 1)
    assert followed.end == 2 * SAMPLE_RATE
    whole = around(window, Hole(0.0, 4.0, 4.0, 0, 0), 0)
    assert (whole.start, whole.end) == (0, window.end)


SPEECH = [(0.0, 0.7)]


def heard(text: str, logprob: float, repaired: bool = False) -> Hypothesis:
    words = (Word(f" {text}", 0.0, 0.7),)
    return Hypothesis(text=text, words=words, avg_logprob=logprob, repaired=repaired)


@pytest.mark.parametrize("marks", ["۔۔۔۔۔۔", "...", "— —", ""])
def test_marks_alone_are_no_text_however_sure_the_model_is(marks: str) -> None:
    said = heard("पाजवे", -0.9, repaired=True)
    assert merit(said, SPEECH) > merit(heard(marks, -0.01), SPEECH)


def test_what_goes_straight_on_is_better_than_what_circles() -> None:
    assert merit(heard("पाजवे", -0.9), SPEECH) > merit(heard("पाजवे", -0.4, repaired=True), SPEECH)


def test_the_last_remedy_is_the_one_that_bends_the_text_most() -> None:
    assert [mode.unrepeated for mode in REMEDIES] == [0] * (len(REMEDIES) - 1) + [6]
