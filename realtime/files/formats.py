"""The formats in which a transcript is written as text. Pure.

subtitles, spreadsheet, documents/html, documents/markdown write them; this is the one table of
their names, content types and writers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias, get_args

from realtime.files import subtitles
from realtime.files.cues import NOBODY
from realtime.files.documents.html import html
from realtime.files.documents.layout import (
    EVERYTHING,
    DocumentChoice,
    Layout,
    lay_out,
    without_speakers,
)
from realtime.files.documents.markdown import markdown
from realtime.files.spreadsheet import csv_table
from realtime.types import Comment, Transcript

Format: TypeAlias = Literal["json", "txt", "srt", "vtt", "tsv", "csv", "html", "md"]
FORMATS: tuple[Format, ...] = get_args(Format)
TranslatedFormat: TypeAlias = Literal["json", "txt", "srt", "vtt"]
"""Those in which a translation can stand in place of its lines."""
MEDIA_TYPES: Mapping[Format, str] = {
    "json": "application/json",
    "txt": "text/plain",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "tsv": "text/tab-separated-values",
    "csv": "text/csv",
    "html": "text/html",
    "md": "text/markdown",
}
TIMED: frozenset[str] = frozenset({"srt", "vtt"})
"""Formats that use the times of words, as their cues begin within segments."""
_LINES: Mapping[str, Callable[[Transcript, Mapping[str, str]], str]] = {
    "json": subtitles.as_json,
    "txt": subtitles.txt,
    "srt": subtitles.srt,
    "vtt": subtitles.vtt,
    "tsv": subtitles.tsv,
}
"""Writers that go by segments."""
_PAGES: Mapping[str, Callable[[Layout], str]] = {"html": html, "md": markdown}
"""Writers that go by paragraphs, under a title."""


def content_type(format: Format) -> str:
    """Content type of an answer in this format; JSON is always UTF-8 (RFC 8259, section 8.1)."""
    charset = "" if format == "json" else "; charset=utf-8"
    return f"{MEDIA_TYPES[format]}{charset}"


def render(
    transcript: Transcript,
    format: Format,
    names: Mapping[str, str] = NOBODY,
    *,
    title: str = "",
    choice: DocumentChoice = EVERYTHING,
    comments: Sequence[Comment] = (),
) -> str:
    """The text of a file in this format, with a newline after every line.

    `names`: names of speakers, by number. `title`: for formats that have a heading. `choice`: what
    is written besides the words; subtitles, TSV and JSON always have times. `comments`: for pages.
    """
    if format in _PAGES:
        return _PAGES[format](lay_out(title, transcript, names, choice, comments))
    shown = without_speakers(transcript, choice)
    if format == "csv":
        return csv_table(shown, names, choice)
    return _LINES[format](shown, names)
