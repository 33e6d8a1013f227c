"""Counting word errors."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recipes.micro_whisper.evaluate import Errors, edit_distance, normalise

_words = st.lists(st.sampled_from("abc"), max_size=6)


@given(_words, _words, _words)
def test_edit_distance_is_a_distance(a: list[str], b: list[str], c: list[str]) -> None:
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, b) == edit_distance(b, a)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))


def test_case_and_punctuation_are_no_errors() -> None:
    assert normalise("Call 555-0142, PLEASE!") == ["call", "5550142", "please"]
    errors = Errors()
    errors.add("Turn it on.", "turn it off now")
    errors.add("Yes.", "yes")
    assert (errors.wrong, errors.words) == (2, 4)
    assert errors.rate == 0.5
