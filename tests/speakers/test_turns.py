"""Turns of speakers → whose a word is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.speakers.turns import foremost, labelled
from realtime.types import SpeakerTurn, Word

TURNS = (SpeakerTurn(0.0, 2.0, 0), SpeakerTurn(2.5, 3.0, None), SpeakerTurn(3.0, 5.5, 1))


def test_a_word_is_of_the_turn_it_lies_in_else_of_the_nearest() -> None:
    words = [Word(" a", 0.5, 0.9), Word(" b", 1.8, 3.1), Word(" c", 2.6, 2.8), Word(" d", 9, 9.5)]
    assert [word.speaker for word in labelled(words, TURNS)] == [0, 0, 1, 1]


def test_where_nobody_is_known_words_stay_as_they_are() -> None:
    words = [Word(" a", 0.5, 0.9)]
    assert labelled(words, TURNS[1:2]) == words == labelled(words, ())


def test_foremost_is_who_speaks_longest_between_the_times() -> None:
    assert foremost(TURNS, 0.0, 6.0) == 1
    assert foremost(TURNS, 0.0, 3.5) == 0
    assert foremost(TURNS, 2.5, 3.0) is None
    assert foremost((), 0.0, 1.0) is None


@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0, 3), st.none() | st.integers(0, 3))),
    st.floats(0, 9),
    st.floats(0, 9),
)
def test_foremost_is_somebody_who_speaks_then(
    spans: list[tuple[float, float, int | None]], start_s: float, length_s: float
) -> None:
    turns = [SpeakerTurn(start, start + length, speaker) for start, length, speaker in spans]
    end_s = start_s + length_s
    then = {
        turn.speaker
        for turn in turns
        if min(turn.end_s, end_s) > max(turn.start_s, start_s) and turn.speaker is not None
    }
    found = foremost(turns, start_s, end_s)
    assert found in then if then else found is None
