"""Compares a transcript with a hypothesis, word by word: lost, doubled, invented, changed words.

Pure. jiwer aligns them with the fewest differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import jiwer

from realtime.evaluation.normalisation import Unit

Kind = Literal["equal", "changed", "lost", "doubled", "invented"]
_KINDS: dict[str, Kind] = {"equal": "equal", "substitute": "changed", "delete": "lost"}
_AS_GIVEN = jiwer.Compose([jiwer.ReduceToListOfListOfWords(word_delimiter=" ")])
"""Keeps the units, into which the texts are already split."""


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A run of units of one kind."""

    kind: Kind
    reference: tuple[Unit, ...]
    hypothesis: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Errors:
    """Counts of units: words, or characters."""

    said: int = 0
    """Units in the transcripts."""
    changed: int = 0
    lost: int = 0
    doubled: int = 0
    """Units recognised again right beside themselves."""
    invented: int = 0

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.said + other.said,
            self.changed + other.changed,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.invented + other.invented,
        )

    @property
    def count(self) -> int:
        return self.changed + self.lost + self.doubled + self.invented

    @property
    def rate(self) -> float | None:
        """Errors in percent of the transcript's units; None if it is empty."""
        return 100 * self.count / self.said if self.said else None


def compare(reference: Sequence[Unit], hypothesis: Sequence[Unit]) -> tuple[DiffPiece, ...]:
    """All units of both texts, in order. Units are compared by their text, which has no blank."""
    if not reference or not hypothesis:
        ends = _piece("delete", reference, (), ()), _piece("insert", (), hypothesis, hypothesis)
        return tuple(piece for piece in ends if piece.reference or piece.hypothesis)
    aligned = jiwer.process_words(
        " ".join(unit.text for unit in reference),
        " ".join(unit.text for unit in hypothesis),
        reference_transform=_AS_GIVEN,
        hypothesis_transform=_AS_GIVEN,
    )
    return tuple(
        _piece(
            chunk.type,
            reference[chunk.ref_start_idx : chunk.ref_end_idx],
            hypothesis[chunk.hyp_start_idx : chunk.hyp_end_idx],
            hypothesis,
            chunk.hyp_start_idx,
        )
        for chunk in aligned.alignments[0]
    )


def _piece(
    how: str,
    reference: Sequence[Unit],
    hypothesis: Sequence[Unit],
    whole: Sequence[Unit],
    at: int = 0,
) -> DiffPiece:
    kind = _KINDS.get(how)
    if kind is None:
        kind = "doubled" if _twice(hypothesis, whole, at) else "invented"
    return DiffPiece(kind, tuple(reference), tuple(hypothesis))


def _twice(inserted: Sequence[Unit], hypothesis: Sequence[Unit], at: int) -> bool:
    """Whether the units at `at` are repeated right before or behind them."""
    size = len(inserted)
    texts = [unit.text for unit in inserted]
    beside = hypothesis[max(0, at - size) : at], hypothesis[at + size : at + 2 * size]
    return any([unit.text for unit in other] == texts for other in beside)


def errors(pieces: Iterable[DiffPiece]) -> Errors:
    """Count the units of each kind."""
    counts: dict[Kind, int] = dict.fromkeys(("equal", "changed", "lost", "doubled", "invented"), 0)
    for piece in pieces:
        counts[piece.kind] += max(len(piece.reference), len(piece.hypothesis))
    return Errors(
        counts["equal"] + counts["changed"] + counts["lost"],
        counts["changed"],
        counts["lost"],
        counts["doubled"],
        counts["invented"],
    )
