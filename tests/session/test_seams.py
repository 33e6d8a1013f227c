"""The position after a cut at which the next window continues."""

from __future__ import annotations

import pytest

from realtime.session.seams import behind_cut
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
    return " ".join(word.text.strip() for word in behind_cut(known, ahead, heard, window_start_s))


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


def test_a_first_word_that_the_alignment_stretched_is_recognised() -> None:
    known = [*words("may justly be", 26.3)]
    ahead = [Word(" considered", 27.54, 28.26)]
    heard = [Word(" considered", 26.54, 27.52), *words("as the invention", 27.52)]
    assert fresh(known, ahead, heard, 26.54) == "considered as the invention"


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
