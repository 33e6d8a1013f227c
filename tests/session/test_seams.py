"""The position after a cut at which the next window continues."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.session.seams import behind_cut, timed_by
from realtime.types import Word


def words(text: str, start_s: float, step_s: float = 0.4) -> list[Word]:
    """Consecutive words of `step_s` each."""
    return [
        Word(f" {word}", start_s + i * step_s, start_s + (i + 1) * step_s)
        for i, word in enumerate(text.split())
    ]


KNOWN = words("engraved in relief for", 10.0)
AHEAD = words("centuries before the", 11.6)


def fresh(known: list[Word], ahead: list[Word], heard: list[Word], window_start_s: float) -> str:
    timed = timed_by([*known, *ahead], heard, window_start_s)
    return " ".join(word.text.strip() for word in behind_cut(known, ahead, timed, window_start_s))


@pytest.mark.parametrize("off_s", [-0.4, -0.2, 0.0, 0.2, 0.4])
def test_inexact_times_do_not_move_the_seam(off_s: float) -> None:
    heard = words("relief for centuries before the wood cutters", 10.8 + off_s)
    assert fresh(KNOWN, AHEAD, heard, 10.6) == "centuries before the wood cutters"


def test_a_word_that_the_later_window_missed_is_kept() -> None:
    heard = words("for before the wood cutters", 11.3)
    assert fresh(KNOWN, AHEAD, heard, 10.6) == "centuries before the wood cutters"


def test_a_word_that_the_earlier_window_missed_is_kept() -> None:
    heard = words("relief for many centuries before the wood", 10.6)
    assert fresh(KNOWN, AHEAD, heard, 10.5) == "many centuries before the wood"


def test_a_word_cut_by_the_windows_start_is_taken_from_the_other_window() -> None:
    heard = words("turies before the wood", 11.7)
    assert fresh(KNOWN, AHEAD, heard, 11.6) == "centuries before the wood"


def test_a_last_word_with_another_spelling_is_not_doubled() -> None:
    known, ahead = words("reduced the blockbooks", 10.0), words("which were", 11.2)
    heard = words("the block books which were the", 10.3, 0.3)
    assert fresh(known, ahead, heard, 10.2) == "which were the"
    heard = words("the blocks which were the", 10.4)
    assert fresh(known, ahead, heard, 10.2) == "which were the"


SPOKEN = "one two three one zero zero zero one 90210 zero one eight zero three"
DIGITS = "1 2 3 1 0 0 0 1 9 0 2 1 0 0 1 8 0 3"


@given(
    digits_first=st.booleans(),
    ahead=st.sampled_from(["", "this is"]),
    said_before=st.integers(0, 12),
    word_s=st.floats(0.2, 0.5),
    off_s=st.floats(-0.08, 0.08),
)
def test_numbers_that_the_later_window_writes_otherwise_are_not_doubled(
    digits_first: bool, ahead: str, said_before: int, word_s: float, off_s: float
) -> None:
    """In more words or fewer, behind many that only the later window still compares."""
    first, second = (DIGITS, SPOKEN) if digits_first else (SPOKEN, DIGITS)
    start_s = 20.0
    end_s = start_s + len(DIGITS.split()) * word_s
    before = " ".join(["go"] * said_before)
    heard = [
        *words(before, start_s - 0.3 * said_before, 0.3),
        *words(second, start_s, (end_s - start_s) / len(second.split())),
        *words("this is the", end_s, word_s),
    ]
    heard = [
        replace(word, start_s=word.start_s + off_s, end_s=word.end_s + off_s) for word in heard
    ]
    known = words(first, start_s, (end_s - start_s) / len(first.split()))
    following = words(ahead, end_s, word_s)
    window_start_s = start_s - 0.3 * said_before + off_s
    found = behind_cut(known, following, heard, window_start_s)
    assert "".join(word.text for word in found) == " this is the"


def test_numbers_behind_common_words_far_from_the_windows_start_are_not_doubled() -> None:
    """What the window has before the compared words takes nothing from those that they share."""
    known = words("the bridge one two three one zero zero zero one 90210 zero", 50.0, 0.5)
    said = words("go ten meters how old is the bridge how old is", 45.0, 0.45)
    heard = [
        *said,
        *words("the bridge", 50.0, 0.5),
        *words("1 2 3 1 0 0 0 1 902 1 0 0", 51.0, 5 / 12),
        *words("1 8 0 3 this", 56.0),
    ]
    ahead = words("one eight zero three", 56.0)
    assert "".join(word.text for word in behind_cut(known, ahead, heard, 45.0)) == " 1 8 0 3 this"


def test_numbers_of_which_one_is_heard_elsewhere_are_not_doubled() -> None:
    """Where the later window has one of their words at another place, the text decides."""
    known = words("the red one two three", 20.0, 1.0)
    heard = [
        *words("the red", 20.0, 1.0),
        *words("three uno dos", 22.0, 1.0),
        *words("bye now", 26),
    ]
    assert "".join(word.text for word in behind_cut(known, [], heard, 19.0)) == " bye now"


def test_a_first_word_that_the_alignment_stretched_is_recognised() -> None:
    known = [*words("may justly be", 26.3)]
    ahead = [Word(" considered", 27.54, 28.26)]
    heard = [Word(" considered", 26.54, 27.52), *words("as the invention", 27.52)]
    assert fresh(known, ahead, heard, 26.54) == "considered as the invention"


def test_first_words_timed_too_early_match_until_the_stretched_word_ends() -> None:
    known, ahead = words("really slow and slightly", 9.9), [Word(" lower", 11.6, 12.8)]
    early = [Word(" lower", 10.5, 10.5), Word(" in", 10.5, 10.6), Word(" intensity", 10.6, 14.4)]
    assert fresh(known, ahead, early, 10.5) == "lower in intensity"
    then = words("we are just saying some words", 14.4)
    assert fresh(known, ahead, [*early, *then], 10.5).startswith("lower in intensity we are just")


def test_a_word_timed_too_early_matches_where_fewer_words_are_left_over() -> None:
    known, ahead = words("up guards and Adam paintings", 76.1), words("and Mason's", 78.1)
    heard = [
        Word(" and", 76.9, 77.1),
        Word(" Masons'", 77.1, 79.1),
        *words("pictures are as", 79.1),
    ]
    assert fresh(known, ahead, heard, 76.9) == "and Masons' pictures are as"


def test_words_under_a_stretched_word_of_the_later_window_are_kept() -> None:
    known, ahead = words("you can call me", 44.5, 0.33), [Word(" Abby.", 45.84, 47.2)]
    heard = [Word(" If", 44.84, 46.54), *words("the reader will", 46.54, 0.2)]
    assert fresh(known, ahead, heard, 44.84) == "Abby. If the reader will"


def test_a_sentence_said_twice_of_which_the_later_window_has_one_stays_twice() -> None:
    known = words("old is the bridge?", 48.1, 0.25)
    ahead = words("How old is the bridge?", 49.8, 0.14)
    heard = [
        *words("old is the bridge?", 48.1, 0.25),
        Word(" One", 49.1, 51.7),
        Word(" two", 52, 53),
    ]
    assert fresh(known, ahead, heard, 48.1) == "How old is the bridge? One two"


@pytest.mark.parametrize(("length_s", "probability"), [(0.0, 1.0), (0.14, 0.4)])
def test_words_without_time_and_unlikely_ones_are_not_kept(
    length_s: float, probability: float
) -> None:
    known = words("old is the bridge?", 48.1, 0.25)
    circle = [Word(f" {text}", 49.8, 49.8 + length_s, probability) for text in ("how", "old")]
    heard = [
        *words("old is the bridge?", 48.1, 0.25),
        Word(" One", 49.1, 51.7),
        Word(" two", 52, 53),
    ]
    assert fresh(known, circle, heard, 48.1) == "One two"


def test_half_a_word_at_the_end_of_the_earlier_window_is_not_kept_beside_it() -> None:
    known, heard = words("my name is", 10.8), words("is Juliet speaking", 11.6)
    assert fresh(known, [Word(" Jul", 12.0, 12.08)], heard, 11.5) == "Juliet speaking"


def test_a_word_in_a_final_counts_among_those_that_the_later_window_has_in_a_row() -> None:
    """Said five times, heard six times by the window before; two of them are in the final."""
    times_s = [74.57, 75.07, 75.61, 75.87, 76.03, 76.17, 76.17]
    known = [Word(" words", a, b) for a, b in pairwise(times_s[:3])]
    ahead = [Word(" words", a, b, 0.85) for a, b in pairwise(times_s[2:])]
    again_s = [74.57, 75.35, 75.77, 76.07, 76.23, 76.71]
    heard = [Word(" words,", a, b) for a, b in pairwise(again_s)]
    assert fresh(known, ahead, heard, 72.9) == "words, words, words,"


def test_slow_words_are_not_stretched() -> None:
    known, ahead = words("five", 10.0, 0.9), words("nine five", 10.9, 0.9)
    heard = words("five nine five oh nine", 10.0, 0.9)
    assert fresh(known, ahead, heard, 10.0) == "nine five oh nine"


def with_probabilities(text: str, start_s: float, *probabilities: float) -> list[Word]:
    return [
        replace(word, probability=probability)
        for word, probability in zip(words(text, start_s), probabilities, strict=True)
    ]


def test_between_words_of_both_windows_the_surer_window_counts() -> None:
    known, ahead = (
        words("capital letter", 10.0),
        with_probabilities("even on the middle", 10.8, 0.6, 0.4, 0.9, 0.9),
    )
    heard = with_probabilities("letter even in the middle of", 10.4, 0.9, 0.3, 0.2, 0.6, 0.9, 0.9)
    assert fresh(known, ahead, heard, 10.3) == "even on the middle of"
    surer = with_probabilities("letter even in the middle of", 10.4, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9)
    assert fresh(known, ahead, surer, 10.3) == "even in the middle of"


def test_words_that_only_the_earlier_window_has_are_kept() -> None:
    known = words("capital letter", 10.0)
    ahead = with_probabilities("even in the middle", 10.8, 0.6, 0.3, 0.9, 0.9)
    heard = with_probabilities("letter even the middle of", 10.4, 0.9, 0.9, 0.9, 0.9, 0.9)
    assert fresh(known, ahead, heard, 10.3) == "even in the middle of"


def test_a_word_that_only_the_earlier_window_has_twice_is_kept_once() -> None:
    known = words("capital letter", 10.0)
    ahead = with_probabilities("even the the middle", 10.8, 0.6, 0.3, 0.3, 0.9)
    heard = with_probabilities("letter even the middle of", 10.4, 0.9, 0.9, 0.9, 0.9, 0.9)
    assert fresh(known, ahead, heard, 10.3) == "even the middle of"


def test_words_that_only_the_later_window_has_are_kept() -> None:
    known, ahead = (
        words("capital letter", 10.0),
        with_probabilities("even on middle", 10.8, 0.9, 0.9, 0.9),
    )
    heard = with_probabilities("letter even in the middle", 10.4, 0.9, 0.3, 0.3, 0.3, 0.3)
    assert fresh(known, ahead, heard, 10.3) == "even in the middle"


def test_words_spoken_twice_stay_two() -> None:
    known, ahead = words("my number is five", 10.0), words("five nine", 11.6)
    heard = words("is five five nine one", 10.8)
    assert fresh(known, ahead, heard, 10.7) == "five nine one"


def test_of_two_equal_words_the_one_with_fitting_neighbours_counts() -> None:
    known = [
        *(Word(" rather", 33.54, 33.86), Word(" cold-hearted", 33.86, 34.68)),
        Word(" and", 34.68, 34.98),
    ]
    ahead = [Word(" rather", 34.98, 35.3), Word(" self-intensive.", 35.3, 35.88)]
    heard = [Word(" rather", 34.0, 34.68), Word(" selfish,", 34.68, 36.32)]
    assert fresh(known, ahead, heard, 33.98) == "rather selfish,"


def test_after_a_pause_the_same_word_is_another_one() -> None:
    known, again = words("my number is five", 10.0), words("five nine", 11.8)
    assert [word.text for word in behind_cut(known, [], again, 11.7, shared=False)] == [
        *(" five", " nine")
    ]
    assert fresh(known, [], again, 11.7) == "nine"


def test_without_words_after_the_cut_times_decide() -> None:
    assert fresh(KNOWN, [], words("relief for centuries before", 10.8), 10.6) == "centuries before"


def test_where_both_windows_differ_the_later_one_counts() -> None:
    heard = words("relief for ages until a", 10.8)
    assert fresh(KNOWN, AHEAD, heard, 10.6) == "ages until a"


def test_an_empty_window_adds_no_words() -> None:
    assert fresh(KNOWN, AHEAD, [], 10.6) == ""
