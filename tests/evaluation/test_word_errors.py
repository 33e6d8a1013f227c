"""Word errors between plain texts."""

from __future__ import annotations

import pytest

from realtime.evaluation.word_errors import WordErrors, normalise, word_error_rate


def test_case_and_punctuation_and_blanks_are_ignored() -> None:
    assert normalise("  Dial 555-0142,  please!") == "dial 5550142 please"


def test_errors_are_summed_over_texts() -> None:
    found = word_error_rate([("one two three", "one too three"), ("four five", "four five six")])
    assert (found.words, found.substituted, found.inserted, found.deleted) == (5, 1, 1, 0)
    assert found.rate == pytest.approx(40.0)
    assert str(found) == "40.0 % (1 s, 0 d, 1 i of 5)"


def test_two_empty_texts_have_no_error() -> None:
    assert WordErrors().rate == 0.0
