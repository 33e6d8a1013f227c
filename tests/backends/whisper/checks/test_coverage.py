"""Comparing words with the speech that they should cover."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.backends.whisper.checks.coverage import (
    PAD_S,
    SPOKEN_S,
    coverage,
    filled,
    gaps,
    holes,
)
from realtime.scripts import LEAST_WORD_S
from realtime.types import Word


def said(*words: tuple[str, float, float]) -> tuple[Word, ...]:
    return tuple(Word(f" {text}", start_s, end_s) for text, start_s, end_s in words)


GREETING = said(("hello", 0.1, 0.5), ("dear", 0.5, 0.9), ("customer", 0.9, 1.5))


def test_speech_after_the_last_word_is_a_hole() -> None:
    [hole] = holes(GREETING, [(0.1, 1.5), (2.0, 4.5)])
    assert (hole.start_s, hole.end_s, hole.first, hole.last) == (1.5 + PAD_S, 4.5, 3, 3)
    assert hole.spoken_s == 2.5


def test_speech_before_the_first_word_and_between_two_is_a_hole() -> None:
    later = said(("five", 3.0, 3.4), ("six", 6.0, 6.3))
    found = holes(later, [(0.5, 6.3)])
    assert [hole.first for hole in found] == [0, 1]
    assert found[0].start_s == 0.5


def test_silence_is_no_hole() -> None:
    assert holes(GREETING, [(0.1, 1.5)]) == []
    assert holes(GREETING, []) == []
    assert coverage(GREETING, []) == 1.0


def test_a_word_stretched_over_others_does_not_cover_them() -> None:
    [hole] = holes(said(("the", 0.0, 8.0)), [(0.0, 8.0)])
    assert (hole.start_s, hole.end_s, hole.first, hole.last) == (0.0, 8.0, 0, 1)
    assert hole.spoken_s == 8.0 - (LEAST_WORD_S + PAD_S) / 2
    assert coverage(said(("the", 0.0, 8.0)), [(0.0, 8.0)]) < 0.2


def test_a_long_word_may_take_its_time() -> None:
    assert holes(said(("안녕하십니까", 0.0, 1.9)), [(0.0, 2.0)]) == []


def test_digits_are_counted_one_by_one() -> None:
    assert holes(said(("555-0173.", 0.0, 4.0)), [(0.0, 4.0)]) == []


def test_without_words_all_speech_is_a_hole() -> None:
    [hole] = holes((), [(1.0, 2.0), (3.0, 4.0)])
    assert (hole.start_s, hole.end_s, hole.spoken_s, hole.last) == (1.0, 4.0, 2.0, 0)
    assert coverage((), [(1.0, 2.0)]) == 0.0


def test_words_found_in_a_hole_are_inserted_in_order() -> None:
    speech = [(0.1, 6.0)]
    words = (*GREETING, *said(("bye", 5.5, 5.9)))
    [hole] = holes(words, speech)
    # The audio around the hole also contains its neighbours.
    heard = said(("customer", 1.1, 1.7), ("how", 2.0, 2.3), ("are", 2.3, 2.5), ("bye", 5.3, 5.9))
    assert [word.text.strip() for word in filled(words, hole, heard)] == [
        *("hello", "dear", "customer", "how", "are", "bye")
    ]


def test_a_stretched_word_moves_to_where_it_was_heard_again() -> None:
    words = said(("bridge", 1.0, 1.5), ("one", 1.5, 4.0), ("two", 4.0, 4.4))
    [hole] = holes(words, [(1.0, 4.4)])
    again = said(("how", 1.8, 2.0), ("old", 2.0, 2.4), ("one", 3.4, 3.9))
    assert filled(words, hole, again) == (words[0], *again, words[2])
    texts = [word.text for word in filled(words, hole, again[:2])]
    assert texts == [" bridge", " how", " old", " one", " two"]


@pytest.mark.parametrize(
    ("texts", "begin_s", "end_s"),  # the times alone would put the word on the other side
    [(("is", "done.", "how", "we"), 1.2, 3.0), (("end.", "how", "and", "we"), 1.8, 3.8)],
)
def test_a_stretched_word_stays_with_its_sentence(
    texts: Sequence[str], begin_s: float, end_s: float
) -> None:
    stretched = next(text for text in texts[1:] if text != "how")
    words = said((texts[0], 0.5, 1.0), (stretched, 1.0, 4.0), (texts[-1], 4.0, 4.4))
    [hole] = holes(words, [(0.5, 4.4)])
    again = said(("how", begin_s, end_s))
    assert [word.text.strip() for word in filled(words, hole, again)] == list(texts)


def test_the_first_word_of_a_hole_may_seem_to_begin_before_it() -> None:
    words = said(("bridge", 49.1, 49.78), ("two", 51.9, 52.2))
    [hole] = holes(words, [(49.1, 52.2)])
    again = said(("how", 49.72, 49.84), ("old", 49.84, 50.2), ("is", 50.2, 50.4))
    assert filled(words, hole, again) == (
        words[0],
        Word(" how", 49.78, 49.84),
        *again[1:],
        words[1],
    )
    ridge = said(("ridge", 49.68, 49.9), ("old", 49.9, 50.2))  # the part of "bridge" in the lead
    assert filled(words, hole, ridge) == (words[0], ridge[1], words[1])


def test_a_stretched_word_is_not_one_that_was_heard_amid_others() -> None:
    words = said(("the", 61.4, 63.5), ("cut", 63.5, 63.7))
    [hole] = holes(words, [(61.4, 63.7)])
    again = said(("smell", 61.4, 61.8), ("the", 61.9, 62.1), ("cold", 62.1, 62.4))
    texts = [word.text for word in filled(words, hole, again)]
    assert texts == [" smell", " the", " cold", " the", " cut"]
    [first, *rest] = filled(words, hole, said(("the", 61.4, 61.6), ("cold", 62.1, 62.4)))
    assert (first.text, [word.text for word in rest]) == (" the", [" cold", " cut"])


def test_a_hole_without_words_changes_nothing() -> None:
    [hole] = holes(GREETING, [(0.0, 4.0)])
    assert filled(GREETING, hole, ()) == GREETING
    assert filled(GREETING, hole, said(("customer", 1.5, 1.9))) == GREETING


spans = st.lists(st.floats(0.0, 30.0), min_size=2, max_size=12, unique=True).map(
    lambda edges: list(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)


@given(spans, spans)
def test_gaps_and_words_share_out_the_speech(
    words: list[tuple[float, float]], speech: list[tuple[float, float]]
) -> None:
    spoken = tuple(Word(" word", start_s, end_s) for start_s, end_s in words)
    found = gaps(spoken, speech)
    assert 0.0 <= coverage(spoken, speech) <= 1.0
    assert all(one.end_s <= other.start_s for one, other in pairwise(found))
    assert all(gap.spoken_s <= gap.end_s - gap.start_s + 1e-9 for gap in found)
    assert all(hole.spoken_s >= SPOKEN_S for hole in holes(spoken, speech))


@given(spans, spans, spans)
def test_filling_keeps_every_word_and_their_order(
    words: list[tuple[float, float]],
    speech: list[tuple[float, float]],
    heard: list[tuple[float, float]],
) -> None:
    before = tuple(Word(f" w{i}", *span) for i, span in enumerate(words))
    again = tuple(Word(f" h{i}", *span) for i, span in enumerate(heard))
    for hole in holes(before, speech):
        after = filled(before, hole, again)
        texts = [word.text for word in after]
        assert [text for text in texts if text.startswith(" w")] == [w.text for w in before]
        assert set(texts) <= {word.text for word in (*before, *again)}
        times = [time_s for word in after for time_s in (word.start_s, word.end_s)]
        assert times == sorted(times)
