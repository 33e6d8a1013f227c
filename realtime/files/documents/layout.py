"""The contents of a transcript's pages, whatever the file format. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from realtime.files.cues import speaker
from realtime.files.documents.paragraphs import paragraphs
from realtime.types import Comment, Segment, Transcript

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow."""


@dataclass(frozen=True, slots=True)
class DocumentChoice:
    """What is shown besides the words."""

    speakers: bool = True
    times: bool = True


EVERYTHING = DocumentChoice()


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph on the page."""

    speaker: str
    """Empty where the same speaker continues, or the speaker is not known."""
    time: str
    """Empty where times are not wanted."""
    text: str
    comments: tuple[str, ...] = ()
    """Of readers, each with its time and its writer's name where they are known and wanted."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole transcript."""

    title: str
    about: str
    """One line: length and language."""
    blocks: tuple[Block, ...]
    language: str


def lay_out(
    title: str,
    transcript: Transcript,
    names: Mapping[str, str],
    choice: DocumentChoice,
    comments: Sequence[Comment] = (),
) -> Layout:
    """The layout of a transcript. `names`: names that people gave to speakers, by number;
    `comments`: in order."""
    blocks: list[Block] = []
    before: int | None = None
    left = list(comments)
    made = paragraphs(without_speakers(transcript, choice).segments)
    for paragraph, following in zip_longest(made, made[1:]):
        own = len(left)
        if following is not None:
            own = sum(comment.start_s < following.start_s for comment in left)
        name = ""
        if paragraph.speaker is not None and paragraph.speaker != before:
            voice = Segment(0.0, 0.0, "", speaker=paragraph.speaker)
            name = plain(speaker(voice, transcript.language, names))
        before = paragraph.speaker
        time = clock(paragraph.start_s) if choice.times else ""
        notes = tuple(_comment(comment, choice) for comment in left[:own])
        del left[:own]
        blocks.append(Block(name, time, paragraph.text, notes))
    about = f"{clock(transcript.duration_s)} · {transcript.language}"
    return Layout(plain(title), about, tuple(blocks), transcript.language)


def _comment(comment: Comment, choice: DocumentChoice) -> str:
    """`[1:02 Kim] Check this.`"""
    time = clock(comment.start_s) if choice.times else ""
    return f"[{' '.join(filter(None, (time, comment.name))) or '*'}] {comment.text}"


def without_speakers(transcript: Transcript, choice: DocumentChoice) -> Transcript:
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
