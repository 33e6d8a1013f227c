"""A transcript as JSON, plain text, SRT, WebVTT or TSV. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from realtime.types import Transcript

Format: TypeAlias = Literal["json", "txt", "srt", "vtt", "tsv"]


def render(transcript: Transcript, format: Format) -> str:
    """The text of a file of this format, its last line ended."""
    raise NotImplementedError(format)
