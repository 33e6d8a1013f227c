"""Finds points and chapters of a recording, each with the lines that it is about.

The model sees numbered lines and answers with their numbers. Numbers that it was not shown are
dropped, so that a link always leads to words that were said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from realtime.postprocess.agent import foreign, language_named
from realtime.postprocess.base import Chapter, Point, Summary
from realtime.postprocess.llm import PIECE_CHARS, Chat
from realtime.types import Segment, Transcript

MOST_PIECES = 12
"""Most parts of one recording, one question each: about three hours of English, six of Korean."""
MOST_POINTS, MOST_CITED, MOST_CHAPTERS = 12, 12, 20
"""Limits of one answer: points, lines that a point cites, chapters."""
Citations = Mapping[int, tuple[int, ...]]
"""Number of a line shown to the model → indexes of the segments that the line represents."""

_POINTS = (
    f"`points`: what matters most, at most {MOST_POINTS} sentences in {{language}}, the most "
    "important first, each with the numbers of the `lines` that say it"
)
_WHOLE = (
    "Each line of the transcript begins with its number and its time. Write "
    f"{_POINTS}; and `chapters`: the places where a new subject begins, in order, each with a "
    "short `title` in {language} and the number of its first `line`. Say nothing that the lines "
    "do not say."
)
_NOTES = (
    "The transcript consists of numbered notes on one long recording. Summarise all of them as "
    f"{_POINTS}. Say nothing that the notes do not say."
)


class Cited(BaseModel):
    """One point of a summary: a sentence, and the numbers of the lines that say it."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=300)]
    lines: Annotated[list[int], Field(max_length=MOST_CITED)]


class Titled(BaseModel):
    """One chapter: its title, and the number of its first line."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=120)]
    line: int


class Points(BaseModel):
    """The points of a recording, made from numbered notes."""

    model_config = ConfigDict(extra="forbid")

    points: Annotated[list[Cited], Field(max_length=MOST_POINTS)]


class Outline(Points):
    """The points and chapters of a recording, made from numbered lines."""

    chapters: Annotated[list[Titled], Field(max_length=MOST_CHAPTERS)]


class ChatSummariser:
    """Asks a language model about each part, and once more to condense too many points."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def summarise(self, transcript: Transcript) -> Summary:
        """Summarise in the transcript's language; empty without words. Raises StepFailed."""
        language = transcript.language
        parts, left_out = parted(transcript.segments)
        points: list[Point] = []
        chapters: list[Chapter] = []
        dropped = 0
        for part in parts:
            cited = {number: (number - 1,) for number in part}
            answer = await self._outline("\n".join(part.values()), cited, language)
            found, gone = known_points(answer.points, cited)
            begun, lost = _chapters(answer.chapters, cited)
            points, chapters, dropped = points + found, chapters + begun, dropped + gone + lost
        if len(points) > MOST_POINTS:
            points, gone = await self._essence(points, language)
            dropped += gone
        return Summary(tuple(points), tuple(chapters), dropped, left_out)

    async def _outline(self, text: str, cited: Citations, language: str) -> Outline:
        """Points and chapters of one part."""
        return await self._chat.ask(
            _WHOLE.format(language=language_named(language)),
            text,
            Outline,
            lambda answer: _wrong(answer, answer.chapters, cited, language),
        )

    async def _essence(self, notes: Sequence[Point], language: str) -> tuple[list[Point], int]:
        """Fewer points that say the same, and how many points and citations were dropped."""
        cited = {number: note.segments for number, note in enumerate(notes, 1)}
        text = "\n".join(f"{number} {note.text}" for number, note in enumerate(notes, 1))
        answer = await self._chat.ask(
            _NOTES.format(language=language_named(language)),
            text,
            Points,
            lambda answer: _wrong(answer, (), cited, language),
        )
        return known_points(answer.points, cited)


def parted(
    segments: Sequence[Segment], limit: int = PIECE_CHARS, most: int = MOST_PIECES
) -> tuple[list[dict[int, str]], int]:
    """At most `most` parts of at most `limit` characters, each a mapping from line numbers (from 1)
    to lines as the model sees them; and how many lines are left out in the middle."""
    parts: list[dict[int, str]] = []
    room = 0
    for number, line in numbered(segments, limit).items():
        if len(line) > room:
            parts.append({})
            room = limit
        parts[-1][number] = line
        room -= len(line) + 1
    if len(parts) <= most:
        return parts, 0
    first, last = parts[: most - most // 2], parts[-(most // 2) :]
    return first + last, sum(map(len, parts)) - sum(map(len, first + last))


def numbered(segments: Sequence[Segment], limit: int = PIECE_CHARS) -> dict[int, str]:
    """Line numbers (from 1) → lines as the model sees them, of at most `limit` characters each;
    without those that have no text."""
    return {
        number: _line(number, segment)[:limit]
        for number, segment in enumerate(segments, 1)
        if segment.text.strip()
    }


def _line(number: int, segment: Segment) -> str:
    minutes, seconds = divmod(int(segment.start_s), 60)
    voice = segment.speaker if segment.speaker is not None else segment.channel
    who = "" if voice is None else f" Speaker {voice + 1}:"
    # Line breaks are removed: a corrected text cannot forge a line with another number.
    return f"{number} [{minutes}:{seconds:02}]{who} {' '.join(segment.text.split())}"


def _wrong(answer: Points, chapters: Sequence[Titled], cited: Citations, language: str) -> str:
    """What is wrong with an answer that matches the schema; "" if nothing."""
    numbers = [number for point in answer.points for number in point.lines]
    numbers += [chapter.line for chapter in chapters]
    if (answer.points or chapters) and not any(number in cited for number in numbers):
        return "none of its line numbers is in the transcript"
    texts = [point.text for point in answer.points] + [chapter.title for chapter in chapters]
    return foreign(" ".join(texts), language)


def known_points(candidates: Sequence[Cited], cited: Citations) -> tuple[list[Point], int]:
    """The points that cite a known line, and how many points and citations were dropped."""
    points, dropped = [], 0
    for point in candidates:
        known = [number for number in point.lines if number in cited]
        dropped += len(point.lines) - len(known) if known else 1
        if known:
            segments = sorted({segment for number in known for segment in cited[number]})
            points.append(Point(point.text.strip(), tuple(segments[:MOST_CITED])))
    return points, dropped


def _chapters(candidates: Sequence[Titled], cited: Citations) -> tuple[list[Chapter], int]:
    """The chapters in order, at most one for each line, and how many were dropped."""
    known = {chapter.line: chapter for chapter in reversed(candidates) if chapter.line in cited}
    chapters = [Chapter(known[line].title.strip(), cited[line][0]) for line in sorted(known)]
    return chapters, len(candidates) - len(chapters)
