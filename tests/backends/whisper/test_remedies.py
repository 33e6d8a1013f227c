"""Which of two hearings of a window is the better one."""

from __future__ import annotations

import pytest

from realtime.backends.whisper.remedies import REMEDIES, merit
from realtime.types import Hypothesis, Word

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
    assert [manner.unrepeated for manner in REMEDIES] == [0] * (len(REMEDIES) - 1) + [6]
