"""Text and words, in scripts with and without spaces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.session.words import (
    bare,
    join_words,
    spread,
    timed_words,
    without_final_punctuation,
)
from realtime.types import SAMPLE_RATE, Hypothesis, Window, Word


@pytest.mark.parametrize(
    ("a", "b"),
    [(" Hello,", "hello"), ("문의입니다.", " 문의입니다"), ("“Yes!”", "yes"), ("ｙｅｓ", "YES")],
)
def test_spellings_of_one_word(a: str, b: str) -> None:
    assert bare(a) == bare(b)


def test_punctuation_inside_a_word_stays() -> None:
    assert bare("555-0173.") == "555-0173"
    assert bare("don't") != bare("dont")


@given(st.text())
def test_only_final_punctuation_is_removed(text: str) -> None:
    short = without_final_punctuation(text)
    assert text.startswith(short)
    assert without_final_punctuation(short) == short


def test_a_model_without_times_gets_them_spread() -> None:
    window = Window(np.zeros(2 * SAMPLE_RATE, np.float32), SAMPLE_RATE, True)
    words = timed_words(Hypothesis("one three"), window)
    assert [word.text for word in words] == ["one", " three"]
    assert words[0].start_s == 1.0
    assert words[-1].end_s == pytest.approx(3.0)
    assert words[0].end_s == words[1].start_s
    assert join_words(words) == "one three"


def test_a_models_own_times_win() -> None:
    window = Window(np.zeros(SAMPLE_RATE, np.float32), 0, True)
    own = (Word(" hi", 0.2, 0.4),)
    assert timed_words(Hypothesis("hi", words=own), window) == list(own)


def test_nothing_is_spread_over_nothing() -> None:
    assert spread([], 0.0, 1.0) == []
