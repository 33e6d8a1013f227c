"""The part of a file that one decode hears, and where in the file it is. Pure.

A span is the audio of one or more pieces of the file, concatenated: long silences between them are
left out. The model gives times in the concatenated audio; here they become times in the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from realtime.types import SAMPLE_RATE, Word

Range = tuple[int, int]
"""Samples of the file: the first one, and the one after the last."""


@dataclass(frozen=True, slots=True)
class Span:
    """What one decode hears. Positions are samples of the file."""

    pieces: tuple[Range, ...]
    """The audio, in order, none of them empty; between them lies silence. At least one."""
    speech: tuple[Range, ...]
    """Where somebody speaks, clipped to the pieces, in order."""
    shared: bool = False
    """The span before it hears its beginning too."""
    shares: bool = False
    """The span after it hears its end too."""
    follows: bool = False
    """It begins between two sentences of the span before it, and all words after that are its own.
    """

    @property
    def start(self) -> int:
        """The first sample that is heard."""
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        """Index just after the last sample that is heard."""
        return self.pieces[-1][1]

    @property
    def length(self) -> int:
        """Samples heard."""
        return sum(end - start for start, end in self.pieces)

    @property
    def overlaps(self) -> bool:
        """The times of its words decide which of them count."""
        return self.shared or self.shares

    def clipped(self, end: int) -> Span:
        """The span cut off at sample `end`, which must lie in the last piece."""
        last = (self.pieces[-1][0], min(self.end, end))
        return replace(self, pieces=(*self.pieces[:-1], last), speech=within(self.speech, 0, end))

    def begun_at(self, start: int) -> Span:
        """The span from sample `start` on, which must lie before its end."""
        pieces = tuple((max(begin, start), end) for begin, end in self.pieces if end > start)
        return replace(
            self, pieces=pieces, speech=within(self.speech, start, self.end), follows=True
        )

    @property
    def heard_speech(self) -> tuple[Range, ...]:
        """Where somebody speaks: positions in the concatenated audio, which begins at `start`."""
        found: list[Range] = []
        at = self.start
        for begin, end in self.pieces:
            for a, b in within(self.speech, begin, end):
                found.append((a - begin + at, b - begin + at))
            at += end - begin
        return tuple(found)

    def in_file(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """Words with times in the concatenated audio, which begins at `start` → times in the file.

        No word continues over silence that is left out: a word that the model stretches over such a
        place is put into the piece with its middle. So words that ascend stay ascending, and none
        gets longer. Words of a span in one piece stay exactly as they are.
        """
        if len(self.pieces) == 1:
            return tuple(words)
        return tuple(self._placed(word) for word in words)

    def _placed(self, word: Word) -> Word:
        heard_s, number = self.start / SAMPLE_RATE, 0
        begin_s, length_s = _seconds(self.pieces[0])
        while number < len(self.pieces) - 1 and word.middle_s >= heard_s + length_s:
            heard_s, number = heard_s + length_s, number + 1
            begin_s, length_s = _seconds(self.pieces[number])
        start_s, end_s = (
            begin_s + min(max(time_s - heard_s, 0.0), length_s)
            for time_s in (word.start_s, word.end_s)
        )
        return replace(word, start_s=start_s, end_s=end_s)


def within(ranges: Iterable[Range], start: int, end: int) -> tuple[Range, ...]:
    """The parts of `ranges` that lie in `start` … `end`."""
    return tuple((max(a, start), min(b, end)) for a, b in ranges if a < end and b > start)


def _seconds(piece: Range) -> tuple[float, float]:
    """Where a piece begins in the file, and how long it is."""
    start, end = piece
    return start / SAMPLE_RATE, (end - start) / SAMPLE_RATE
