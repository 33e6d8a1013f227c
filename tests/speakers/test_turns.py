"""From the turns of speakers to the speaker of each word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.speakers.turns import PAUSE_S, foremost, foremost_of, labelled
from realtime.types import SpeakerTurn, Word

TURNS = (SpeakerTurn(0.0, 2.0, 0), SpeakerTurn(2.5, 3.0, None), SpeakerTurn(3.0, 5.5, 1))


def test_a_word_belongs_to_the_turn_around_it_or_else_to_the_nearest() -> None:
    times = (0.5, 0.9), (1.8, 3.1), (2.6, 2.8), (9.0, 9.5)
    words = [Word(" Yes.", *each) for each in times]
    assert [word.speaker for word in labelled(words, TURNS)] == [0, 0, 1, 1]


def test_without_known_speakers_words_stay_unchanged() -> None:
    words = [Word(" a", 0.5, 0.9)]
    assert labelled(words, TURNS[1:2]) == words == labelled(words, ())


def said(text: str, each_s: float = 0.3, gap_s: float = 0.0) -> list[Word]:
    """Consecutive words, from 0 s on."""
    step_s = each_s + gap_s
    return [
        Word(f" {word}", at * step_s, at * step_s + each_s) for at, word in enumerate(text.split())
    ]


def who(words: list[Word], *turns: tuple[float, int, bool]) -> list[int | None]:
    """`turns`: end, speaker, and whether that is sure; consecutive."""
    begun = [0.0, *(end_s for end_s, _, _ in turns)]
    spans = [SpeakerTurn(at, *turn) for at, turn in zip(begun, turns, strict=False)]
    return [word.speaker for word in labelled(words, spans)]


def test_a_sentence_is_split_only_where_both_speakers_are_sure() -> None:
    crocodile = said("This is what a crocodile sounds like.")
    assert who(crocodile, (1.2, 0, True), (9.0, 1, False)) == [0] * 7
    assert who(crocodile, (1.2, 0, False), (9.0, 1, True)) == [1] * 7
    assert who(crocodile, (1.2, 0, True), (9.0, 1, True)) == [0] * 4 + [1] * 3
    # Less than half a second is no interruption, however sure.
    assert who(crocodile, (0.9, 0, True), (1.2, 1, True), (9.0, 0, True)) == [0] * 7
    # Nobody is sure: the speaker with more speech has it.
    assert who(crocodile, (1.5, 0, False), (9.0, 1, False)) == [0] * 7


def test_the_next_sentence_may_belong_to_anybody() -> None:
    for asked in ("Who is it? Me.", "누구세요? 저요."):
        words = said(asked)
        turns = (words[-1].start_s, 0, True), (9.0, 1, False)
        assert who(words, *turns) == [0] * (len(words) - 1) + [1]
    apart = said("hello hello", gap_s=PAUSE_S)
    assert who(apart, (0.5, 0, True), (9.0, 1, False)) == [0, 1]


def test_where_two_speak_at_once_the_first_continues() -> None:
    turns = [SpeakerTurn(0.0, 2.0, 1), SpeakerTurn(1.0, 3.0, 0)]
    assert [word.speaker for word in labelled(said("a b. c d e. f g.", 0.4), turns)] == [
        *(1, 1, 1, 1, 1),
        *(0, 0),
    ]


def test_the_main_speaker_of_words() -> None:
    words = [Word(" a", 0, 1, speaker=0), Word(" b", 1, 3, speaker=1), Word(" c", 3, 9)]
    assert foremost_of(words) == 1
    assert foremost_of(words[2:]) is None


def test_the_main_speaker_speaks_longest_in_the_interval() -> None:
    assert foremost(TURNS, 0.0, 6.0) == 1
    assert foremost(TURNS, 0.0, 3.5) == 0
    assert foremost(TURNS, 2.5, 3.0) is None
    assert foremost((), 0.0, 1.0) is None


@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0, 3), st.none() | st.integers(0, 3))),
    st.floats(0, 9),
    st.floats(0, 9),
)
def test_the_main_speaker_speaks_in_the_interval(
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
