"""Matching spoken words with messages."""

from __future__ import annotations

import pytest

from realtime.load_test.player import Arrival, Playback
from realtime.load_test.synthetic.corpus import SessionSentence
from realtime.load_test.synthetic.speech import SpokenWord
from realtime.load_test.waits import Waits

WORDS = (SpokenWord("One", 1.0, 1.3, True), SpokenWord("two.", 1.4, 1.8, True))
SENTENCE = SessionSentence(0.9, 1.9, "One two.", WORDS)


def partial(at_s: float, text: str, stable: str) -> Arrival:
    message = {"type": "partial", "text": text, "stable": stable, "start": 0.9, "end": at_s}
    return Arrival(at_s, message)


def final(at_s: float, text: str, start: float = 0.9, end: float = 1.9) -> Arrival:
    return Arrival(at_s, {"type": "final", "text": text, "start": start, "end": end})


def test_every_wait_begins_where_the_word_ends() -> None:
    arrivals = [
        partial(1.5, "Won", ""),
        partial(1.7, "One to", "One"),
        final(2.5, "One two."),
    ]
    waits = Waits()
    waits.add([SENTENCE], Playback(arrivals), begun_s=10.0)
    assert waits.first_partial_s == [pytest.approx(0.2)]
    assert waits.first_word_s == [pytest.approx(0.4)]
    assert waits.word_s == [pytest.approx(0.4), pytest.approx(0.7)]
    assert waits.final_s == [pytest.approx(0.7)]
    assert waits.final_at_s == [pytest.approx(12.5)]
    assert (waits.utterances, waits.unanswered) == (1, 0)


def test_an_utterance_without_a_final_is_counted() -> None:
    waits = Waits()
    waits.add([SENTENCE], Playback([final(5.0, "Other", 3.0, 4.0)]))
    assert (waits.utterances, waits.unanswered, waits.final_s) == (1, 1, [])


def test_ambiguous_words_have_no_times() -> None:
    waits = Waits()
    waits.add([SENTENCE], Playback([final(2.5, "Onetwo.")]))
    assert (waits.word_s, len(waits.final_s)) == ([], 1)
    waits.add([SessionSentence(0.9, 1.9, "One", ())], Playback([]))
    assert waits.utterances == 1
