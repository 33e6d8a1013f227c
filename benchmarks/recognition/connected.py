"""Row b of `people.py`: speech without a pause, cut every so many seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.recognition.borders import Difference, common, decided, in_stream
from benchmarks.recognition.transcribers import Transcribers, errors_of
from benchmarks.recognition.untold import covered, untold
from benchmarks.shared.recordings import Recording, speech
from benchmarks.shared.rows import Row
from realtime.backends.whisper.checks.coverage import SPOKEN_S
from realtime.evaluation.differences import Errors, compare
from realtime.evaluation.normalisation import words
from realtime.evaluation.transcribers import Measurement
from realtime.evaluation.virtual import VirtualStream
from realtime.evaluation.word_errors import normalise
from realtime.types import Word


@dataclass(slots=True)
class Sums:
    """Sums over recordings, for one chunk duration and overlap."""

    found: list[tuple[str, Difference]] = field(default_factory=list)
    """With the recording's name."""
    unsaid: int = 0
    """Words left out by the stream that the transcript does not have either, and words twice in a
    row in both: the file is wrong."""
    words: int = 0
    other: int = 0
    """Words heard otherwise, beside which neither loss nor doubling can be decided."""
    holes: int = 0
    """Places with speech for longer than `SPOKEN_S` where the file has words, the stream none."""
    stream_alone: int = 0
    file_alone: int = 0
    cut: Errors = field(default_factory=Errors)
    uncut: Errors = field(default_factory=Errors)

    def add(
        self,
        one: Recording,
        whole: Measurement,
        played: VirtualStream,
    ) -> None:
        pieces = compare(words(normalise(whole.text)), words(normalise(played.text)))
        self.words += sum(len(piece.reference) for piece in pieces)
        self.other += sum(
            max(len(piece.reference), len(piece.hypothesis))
            for piece, kind, _, _ in decided(pieces)
            if kind == "other"
        )
        for each in in_stream(whole.text, whole.words, played):
            if _file_is_wrong(one, whole.text, played.text, each):
                self.unsaid += 1
            else:
                self.found.append((one.name, each))
        self.holes += holes(one, whole.words, played.spoken)
        self.stream_alone += missed(one, played.text, whole.text)
        self.file_alone += missed(one, whole.text, played.text)
        self.cut += errors_of(one, played.text)
        self.uncut += errors_of(one, whole.text)

    def row(self, name: str, chunk_s: float, overlap_s: float) -> Row:
        count = Counter((each.at_cut, each.kind) for _, each in self.found)
        at_cut, doubled = count[True, "lost"], count[True, "doubled"]
        rates = f"{self.cut.rate or 0.0:.1f} %, as a file {self.uncut.rate or 0.0:.1f} %"
        return Row(
            "b",
            f"{name}, chunk_duration {chunk_s:g}, overlap {overlap_s:g}",
            f"at cuts {at_cut} words lost, {doubled} doubled; elsewhere {count[False, 'lost']} "
            f"lost, {count[False, 'doubled']} doubled; {self.unsaid} where the file is wrong; "
            f"{self.holes} holes; {self.other} words heard otherwise, of {self.words}; said and "
            f"left out by the stream alone {self.stream_alone}, by the file alone "
            f"{self.file_alone}; errors {rates}",
            "at cuts 0; 0; no hole",
            not (at_cut or doubled or self.holes),
        )


def cutting(
    transcribers: Transcribers,
    sets: Mapping[str, Sequence[Recording]],
    chunks_s: Iterable[float],
    overlaps_s: Sequence[float],
) -> list[Row]:
    """Rows of every set, by name: recordings without pauses, cut everywhere."""
    rows, listed = [], []
    for name, found in sets.items():
        whole = [transcribers.file(one) for one in found]
        for chunk_s in chunks_s:
            for overlap_s in overlaps_s:
                sums = Sums()
                for one, measured in zip(found, whole, strict=True):
                    sums.add(one, measured, transcribers.stream(one, chunk_s, overlap_s))
                rows.append(sums.row(name, chunk_s, overlap_s))
                listed += [
                    Row("b", f"{recording}, {chunk_s:g}, {overlap_s:g}", str(each))
                    for recording, each in sums.found
                ]
    return rows + listed


def holes(one: Recording, known: Sequence[Word], spoken: Sequence[Word]) -> int:
    """Places with more than `SPOKEN_S` of speech that no word of the stream covers, and most of
    which `known` cover."""
    length = len(one.samples)
    told = covered(known, length)
    runs = untold(spoken, speech(one.samples), length)
    return sum(b - a > 100 * SPOKEN_S and bool(told[a:b].mean() > 0.5) for a, b in runs)


def missed(one: Recording, text: str, other: str) -> int:
    """Words of the recording's transcript that `text` leaves out and `other` has."""
    left_out: set[int] = set()
    at = 0
    for piece in compare(words(normalise(one.reference)), words(normalise(text))):
        if piece.kind == "lost":
            left_out |= set(range(at, at + len(piece.reference)))
        at += len(piece.reference)
    return len(left_out & common(one.reference, other)) if one.reference else 0


def _file_is_wrong(one: Recording, whole: str, text: str, found: Difference) -> bool:
    """Whether the transcript, if there is one, agrees with the stream."""
    if not one.reference:
        return False
    if found.kind == "lost":
        return found.index not in common(whole, one.reference)
    return found.index in common(text, one.reference)
