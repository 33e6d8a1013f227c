"""Applies a reader's display options to a transcript. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from realtime.postprocess.reading import numbers_en, numbers_ko
from realtime.postprocess.reading.changes import Change, apart, changed
from realtime.postprocess.reading.fillers import fillers
from realtime.postprocess.reading.profanity import profanity
from realtime.types import Segment, Transcript

NUMBERS: Mapping[str, Callable[[str], Iterable[Change]]] = {
    "en": numbers_en.numbers,
    "ko": numbers_ko.numbers,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Display options of a transcript."""

    hide_fillers: bool = False
    hide_profanity: bool = False
    format_numbers: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the transcript is displayed unchanged."""
        return not (self.hide_fillers or self.hide_profanity or self.format_numbers)


def read_as(transcript: Transcript, reading: Reading) -> Transcript:
    """The transcript as displayed; segments without any text left are removed."""
    if reading.is_plain:
        return transcript
    shown = [_segment(segment, transcript.language, reading) for segment in transcript.segments]
    return replace(transcript, segments=tuple(one for one in shown if one is not None))


def _segment(segment: Segment, language: str, reading: Reading) -> Segment | None:
    # One rule after the other, because leaving out a filler moves the numbers behind it.
    if reading.hide_fillers:
        segment = changed(segment, apart(fillers(segment.text, language)))
    if reading.format_numbers and language in NUMBERS:
        segment = changed(segment, apart(NUMBERS[language](segment.text)))
    if reading.hide_profanity:
        segment = changed(segment, apart(profanity(segment.text)))
    return segment if segment.text.strip() else None
