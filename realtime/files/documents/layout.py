"""The contents of a transcript's pages, whatever the file format. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from realtime.files.cues import speaker
from realtime.files.documents.paragraphs import paragraphs
from realtime.types import Segment, Transcript

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown besides the words."""

    speakers: bool = True
    times: bool = True


EVERYTHING = Choice()


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph on the page."""

    speaker: str
    """Empty where the same speaker continues, or the speaker is not known."""
    time: str
    """Empty where times are not wanted."""
    text: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole transcript."""

    title: str
    about: str
    """One line: length and language."""
    blocks: tuple[Block, ...]
    language: str


def lay_out(title: str, transcript: Transcript, names: Mapping[str, str], choice: Choice) -> Layout:
    """The layout of a transcript. `names`: names that people gave to speakers, by number."""
    blocks: list[Block] = []
    before: int | None = None
    for paragraph in paragraphs(without_speakers(transcript, choice).segments):
        name = ""
        if paragraph.speaker is not None and paragraph.speaker != before:
            voice = Segment(0.0, 0.0, "", speaker=paragraph.speaker)
            name = speaker(voice, transcript.language, names)
        before = paragraph.speaker
        time = clock(paragraph.start_s) if choice.times else ""
        blocks.append(Block(name, time, paragraph.text))
    about = f"{clock(transcript.duration_s)} · {transcript.language}"
    return Layout(title, about, tuple(blocks), transcript.language)


def without_speakers(transcript: Transcript, choice: Choice) -> Transcript:
    """The transcript, without speakers and channels where those are not wanted."""
    if choice.speakers:
        return transcript
    return replace(
        transcript,
        segments=tuple(
            replace(segment, speaker=None, channel=None) for segment in transcript.segments
        ),
    )


def clock(seconds: float) -> str:
    """`1:02:03` or `2:03`."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def plain(text: str) -> str:
    """The text on one line, without characters that documents may not have."""
    return " ".join(_FORBIDDEN.sub("", text).split())
