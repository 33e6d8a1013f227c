"""Counts the errors of one hypothesis in all the ways that a report shows. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from realtime.evaluation.differences import DiffPiece, Errors, compare, errors
from realtime.evaluation.normalisation import by_characters, characters, normaliser, words

Counted = Literal["words", "characters"]
NOTHING = Errors()


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of words and characters, with numbers compared by value and as written."""

    words: Errors = NOTHING
    characters: Errors = NOTHING
    words_as_written: Errors = NOTHING
    characters_as_written: Errors = NOTHING

    def __add__(self, other: Score) -> Score:
        return Score(
            self.words + other.words,
            self.characters + other.characters,
            self.words_as_written + other.words_as_written,
            self.characters_as_written + other.characters_as_written,
        )

    def of(self, counted: Counted) -> Errors:
        """Errors in this unit, with numbers compared by value."""
        return self.words if counted == "words" else self.characters


@dataclass(frozen=True, slots=True)
class Judgement:
    """A hypothesis compared with its transcript."""

    counted: Counted
    """Unit by which the language is judged."""
    score: Score
    pieces: tuple[DiffPiece, ...]
    """All of both texts, in `counted` units, with numbers compared by value."""


def judge(reference: str, hypothesis: str, language: str) -> Judgement:
    """Compare two texts. `language`: ISO code, or empty. Raises SetupError without libraries."""
    rules = normaliser(language)
    counted: Counted = "characters" if by_characters(reference or hypothesis) else "words"
    numerals = _compared(rules.numerals, reference, hypothesis)
    written = _compared(rules.written, reference, hypothesis)
    score = Score(
        *(errors(numerals[unit]) for unit in ("words", "characters")),
        *(errors(written[unit]) for unit in ("words", "characters")),
    )
    return Judgement(counted, score, numerals[counted])


def _compared(
    rule: Callable[[str], str], reference: str, hypothesis: str
) -> dict[Counted, tuple[DiffPiece, ...]]:
    one, other = rule(reference), rule(hypothesis)
    return {
        "words": compare(words(one), words(other)),
        "characters": compare(characters(one), characters(other)),
    }
