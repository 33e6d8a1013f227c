"""Sums up word errors of texts, without rules of a language: digits count as written. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from realtime.evaluation.differences import compare, errors
from realtime.evaluation.normalisation import words


def normalise(text: str) -> str:
    """Apply NFKC, fold case, remove punctuation and symbols, keep single spaces and all digits.

    A hyphen is removed, not replaced: "555-0142" is one word with or without it.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = (c for c in folded if unicodedata.category(c)[0] not in "PS")
    return " ".join("".join(letters).split())


@dataclass(slots=True)
class WordErrors:
    """Word errors, summed over texts."""

    words: int = 0
    substituted: int = 0
    deleted: int = 0
    inserted: int = 0

    def add(self, reference: str, hypothesis: str) -> None:
        """Count one more text. Both are normalised; `reference` must hold a word."""
        found = errors(compare(words(normalise(reference)), words(normalise(hypothesis))))
        self.words += found.said
        self.substituted += found.changed
        self.deleted += found.lost
        self.inserted += found.doubled + found.invented

    @property
    def rate(self) -> float:
        """Word error rate in percent."""
        return 100 * (self.substituted + self.deleted + self.inserted) / max(1, self.words)

    def __str__(self) -> str:
        parts = f"{self.substituted} s, {self.deleted} d, {self.inserted} i of {self.words}"
        return f"{self.rate:.1f} % ({parts})"


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> WordErrors:
    """Errors of (reference, hypothesis) pairs."""
    errors = WordErrors()
    for reference, hypothesis in pairs:
        errors.add(reference, hypothesis)
    return errors
