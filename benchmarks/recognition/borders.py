"""Where a stream loses or doubles words: at the border between two of its windows, or within one.

Pure. The stream's text is compared with that of the same audio as a file. A word is *doubled* if it
was inserted beside an equal one, and *lost* if it was deleted, with correct words on both sides;
beside words that differ, neither can be decided. Times are seconds in the recording.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from realtime.evaluation.differences import DiffPiece, compare
from realtime.evaluation.normalisation import Unit, words
from realtime.evaluation.virtual import VirtualStream
from realtime.evaluation.word_errors import normalise
from realtime.session.agreement import EDGE_S
from realtime.session.matching import SAME_WORD_S
from realtime.types import SAMPLE_RATE, Word

NEAR_S = 0.5
"""A word this near to a border is lost or doubled at the cut: word times are off by up to 0.4 s,
and a model garbles what a window's edge cuts."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A word or character, as it is compared, and when it is said."""

    text: str
    start_s: float
    end_s: float

    def apart_s(self, at_s: float) -> float:
        """Seconds between it and a time."""
        return max(0.0, self.start_s - at_s, at_s - self.end_s)


@dataclass(frozen=True, slots=True)
class HeardWindow:
    """A window decoded for a final, and the text that the model wrote for it."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A word lost or doubled in the stream."""

    kind: Literal["lost", "doubled"]
    word: Placed
    index: int
    """Of a lost word in the file's text, of a doubled one in the stream's."""
    cut_s: float
    """The border nearest to it; infinite if there is none."""
    windows: tuple[HeardWindow, ...]
    """The windows that hold its time."""
    merged: bool
    """It comes from merging: of a lost word, one of these windows has it, and not at its edge; of a
    doubled one, none has it twice."""

    @property
    def at_cut(self) -> bool:
        near = self.word.apart_s(self.cut_s) <= NEAR_S
        return self.merged or (near and not self.misheard)

    @property
    def misheard(self) -> bool:
        """It is lost though two windows hold it well inside: the model does not hear it there,
        wherever the cut is."""
        return self.kind == "lost" and not self.merged and self._inside >= 2

    @property
    def _inside(self) -> int:
        """How many of the windows hold it `NEAR_S` from both edges."""
        return sum(
            min(self.word.start_s - one.start_s, one.end_s - self.word.end_s) >= NEAR_S
            for one in self.windows
        )

    def __str__(self) -> str:
        windows = ", ".join(f"{one.start_s:.1f}-{one.end_s:.1f}" for one in self.windows)
        place = "at a cut" if self.at_cut else "elsewhere"
        merged = ", by merging" if self.merged else ", in no window" if self.misheard else ""
        return (
            f'{self.kind} {place}: "{self.word.text}" at {self.word.start_s:.2f} s, nearest cut '
            f"{self.cut_s:.2f} s, windows {windows}{merged}"
        )


def heard_windows(played: VirtualStream) -> list[HeardWindow]:
    """The windows that a stream decoded for finals."""
    return [
        HeardWindow(window.start / SAMPLE_RATE, window.end / SAMPLE_RATE, hypothesis.text)
        for window, hypothesis in zip(played.windows, played.hypotheses, strict=True)
        if window.final
    ]


def in_stream(text: str, spoken: Sequence[Word], played: VirtualStream) -> list[Difference]:
    """All words of a text, with the times of its words, that a stream lost, and those it
    doubled."""
    borders_s = [final.end for final in played.finals[:-1]]
    reference, heard = placed(text, spoken), placed(played.text, played.spoken)
    return differences(reference, heard, borders_s, heard_windows(played))


def decided(pieces: Sequence[DiffPiece]) -> Iterator[tuple[DiffPiece, str, int, int]]:
    """All pieces that differ, with their kind (`lost`, `doubled`, `other`) and the places of their
    first units in the reference and in the hypothesis."""
    at = heard_at = 0
    for index, piece in enumerate(pieces):
        if piece.kind != "equal":
            beside = [*pieces[max(0, index - 1) : index], *pieces[index + 1 : index + 2]]
            alone = all(other.kind == "equal" for other in beside)
            kind = piece.kind if alone and piece.kind in ("doubled", "lost") else "other"
            yield piece, kind, at, heard_at
        at += len(piece.reference)
        heard_at += len(piece.hypothesis)


def placed(text: str, spoken: Sequence[Word]) -> list[Placed]:
    """The units of a text with the times of its words. Raises ValueError where `spoken` are not the
    words of the text."""
    units = words(normalise(text))
    letters = [word for word in spoken for _ in normalise(word.text).replace(" ", "")]
    if len(letters) != sum(len(unit.text) for unit in units):
        raise ValueError("These are not the words of the text.")
    found, at = [], 0
    for unit in units:
        end = at + len(unit.text)
        found.append(Placed(unit.text, letters[at].start_s, letters[end - 1].end_s))
        at = end
    return found


def differences(
    reference: Sequence[Placed],
    heard: Sequence[Placed],
    borders_s: Sequence[float],
    windows: Sequence[HeardWindow],
) -> list[Difference]:
    """All lost and doubled words. `borders_s`: where one final's words end and the next one's
    begin; `windows`: all that were decoded for finals."""
    found = []
    for piece, kind, at, heard_at in decided(compare(_units(reference), _units(heard))):
        if kind == "lost":
            for index in range(at, at + len(piece.reference)):
                word = reference[index]
                within = _around(windows, word)
                merged = _near(word, heard) < _near(word, reference) and any(
                    index in _in_window(reference, one)
                    for one in within
                    if min(word.apart_s(one.start_s), word.apart_s(one.end_s)) > EDGE_S
                )
                nearest_s = _nearest_s(word, borders_s)
                found.append(Difference("lost", word, index, nearest_s, within, merged))
        elif kind == "doubled":
            for index in range(heard_at, heard_at + len(piece.hypothesis)):
                within = _around(windows, heard[index])
                twice = any(_twice(one.text, heard[index].text) for one in within)
                nearest_s = _nearest_s(heard[index], borders_s)
                found.append(
                    Difference("doubled", heard[index], index, nearest_s, within, not twice)
                )
    return found


def common(one: str, other: str) -> set[int]:
    """Indices of the units of `one` that `other` has, too."""
    found: set[int] = set()
    at = 0
    for piece in compare(words(normalise(one)), words(normalise(other))):
        if piece.kind == "equal":
            found |= set(range(at, at + len(piece.reference)))
        at += len(piece.reference)
    return found


def _nearest_s(word: Placed, borders_s: Sequence[float]) -> float:
    return min(borders_s, key=word.apart_s, default=math.inf)


def _units(found: Sequence[Placed]) -> list[Unit]:
    return [Unit(one.text) for one in found]


def _around(windows: Sequence[HeardWindow], word: Placed) -> tuple[HeardWindow, ...]:
    middle_s = (word.start_s + word.end_s) / 2
    return tuple(one for one in windows if one.start_s <= middle_s <= one.end_s)


def _near(word: Placed, others: Sequence[Placed]) -> int:
    """How many equal words are said at about the same time: of several the alignment picks one."""
    return sum(
        one.text == word.text and abs(one.start_s - word.start_s) <= SAME_WORD_S for one in others
    )


def _in_window(reference: Sequence[Placed], window: HeardWindow) -> set[int]:
    """Indices of the words of the reference that the window's own text has."""
    inside = [
        index
        for index, word in enumerate(reference)
        if word.end_s > window.start_s and word.start_s < window.end_s
    ]
    found: set[int] = set()
    at = 0
    for piece in compare(_units([reference[i] for i in inside]), words(normalise(window.text))):
        if piece.kind == "equal":
            found |= set(inside[at : at + len(piece.reference)])
        at += len(piece.reference)
    return found


def _twice(text: str, word: str) -> bool:
    """Whether a window's own text has the word twice in a row."""
    if word.isdigit() and 2 * word in normalise(text).replace(" ", ""):
        return True  # digits may be written as one number
    units = [unit.text for unit in words(normalise(text))]
    return any(one == other == word for one, other in pairwise(units))
