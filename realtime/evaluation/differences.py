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
class Piece:
    """A run of units of one kind."""

    kind: Kind
    said: tuple[Unit, ...]
    heard: tuple[Unit, ...]


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


def compare(said: Sequence[Unit], heard: Sequence[Unit]) -> tuple[Piece, ...]:
    """All units of both texts, in order. Units are compared by their text, which has no blank."""
    if not said or not heard:
        ends = _piece("delete", said, (), ()), _piece("insert", (), heard, heard)
        return tuple(piece for piece in ends if piece.said or piece.heard)
    aligned = jiwer.process_words(
        " ".join(unit.text for unit in said),
        " ".join(unit.text for unit in heard),
        reference_transform=_AS_GIVEN,
        hypothesis_transform=_AS_GIVEN,
    )
    return tuple(
        _piece(
            chunk.type,
            said[chunk.ref_start_idx : chunk.ref_end_idx],
            heard[chunk.hyp_start_idx : chunk.hyp_end_idx],
            heard,
            chunk.hyp_start_idx,
        )
        for chunk in aligned.alignments[0]
    )


def _piece(
    how: str, said: Sequence[Unit], heard: Sequence[Unit], all_heard: Sequence[Unit], at: int = 0
) -> Piece:
    kind = _KINDS.get(how)
    if kind is None:
        kind = "doubled" if _twice(heard, all_heard, at) else "invented"
    return Piece(kind, tuple(said), tuple(heard))


def _twice(inserted: Sequence[Unit], heard: Sequence[Unit], at: int) -> bool:
    """Whether the units at `at` are repeated right before or behind them."""
    size = len(inserted)
    texts = [unit.text for unit in inserted]
    beside = heard[max(0, at - size) : at], heard[at + size : at + 2 * size]
    return any([unit.text for unit in other] == texts for other in beside)


def errors(pieces: Iterable[Piece]) -> Errors:
    """Count the units of each kind."""
    counts: dict[Kind, int] = dict.fromkeys(("equal", "changed", "lost", "doubled", "invented"), 0)
    for piece in pieces:
        counts[piece.kind] += max(len(piece.said), len(piece.heard))
    return Errors(
        counts["equal"] + counts["changed"] + counts["lost"],
        counts["changed"],
        counts["lost"],
        counts["doubled"],
        counts["invented"],
    )
