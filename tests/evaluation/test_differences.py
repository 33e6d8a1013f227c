"""A transcript compared with its reference."""

from __future__ import annotations

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.evaluation.differences import DiffPiece, Errors, compare, errors
from realtime.evaluation.normalisation import Unit, words

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12).map(" ".join)


def pieces(said: str, heard: str) -> tuple[DiffPiece, ...]:
    return compare(words(said), words(heard))


def kinds(said: str, heard: str) -> list[tuple[str, str, str]]:
    """The differences: kind, reference, result."""
    return [
        (p.kind, " ".join(u.text for u in p.reference), " ".join(u.text for u in p.hypothesis))
        for p in pieces(said, heard)
        if p.kind != "equal"
    ]


@pytest.mark.parametrize(
    ("said", "heard", "found"),
    [
        ("one two three", "one two three", []),
        ("one two three", "one three", [("lost", "two", "")]),
        ("one two three", "one too three", [("changed", "two", "too")]),
        ("one two three", "one two four three", [("invented", "", "four")]),
        ("one two three", "one two two three", [("doubled", "", "two")]),
        ("a b c d", "a b c b c d", [("doubled", "", "b c")]),
        ("a b c d", "a b c d c d", [("doubled", "", "c d")]),
        ("no no no", "no no", [("lost", "no", "")]),
        ("one", "", [("lost", "one", "")]),
        ("", "thank you", [("invented", "", "thank you")]),
        ("", "no no", [("invented", "", "no no")]),
        ("", "", []),
    ],
)
def test_differences_have_a_kind(said: str, heard: str, found: list[tuple[str, str, str]]) -> None:
    assert kinds(said, heard) == found


@given(TEXTS, TEXTS)
def test_differences_cover_both_texts(said: str, heard: str) -> None:
    found = pieces(said, heard)
    assert [u.text for p in found for u in p.reference] == said.split()
    assert [u.text for p in found for u in p.hypothesis] == heard.split()
    for piece in found:
        if piece.kind == "equal":
            assert [u.text for u in piece.reference] == [u.text for u in piece.hypothesis]
        elif piece.kind == "changed":
            assert len(piece.reference) == len(piece.hypothesis) > 0
        else:
            assert bool(piece.reference) != bool(piece.hypothesis)
            assert bool(piece.reference) == (piece.kind == "lost")


@given(TEXTS.filter(bool), TEXTS)
def test_there_are_as_few_differences_as_possible(said: str, heard: str) -> None:
    counted = errors(pieces(said, heard))
    assert counted.said == len(said.split())
    assert counted.rate == pytest.approx(100 * jiwer.wer(said, heard))


@given(TEXTS.filter(bool))
def test_repeated_text_is_counted_as_doubled(said: str) -> None:
    counted = errors(pieces(said, f"{said} {said}"))
    assert counted.lost == counted.changed == 0
    assert counted.doubled + counted.invented == len(said.split())


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(said: str) -> None:
    assert errors(pieces(said, said)) == Errors(said=len(said.split()))


def test_errors_are_added_up() -> None:
    one = Errors(said=4, changed=1, lost=1, doubled=0, invented=2)
    assert one + one == Errors(8, 2, 2, 0, 4)
    assert one.rate == 100.0
    assert Errors(invented=3).rate is None


def test_blanks_are_ignored() -> None:
    (piece,) = compare([Unit("a", True)], [Unit("a", False)])
    assert piece.kind == "equal"
