"""The answer of one request, as `POST /transcribe` gives it, as the text of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from realtime.errors import SetupError
from realtime.files.formats import FORMATS, Format, render
from realtime.types import Segment, Transcript, Word


def formats(text: str) -> tuple[Format, ...]:
    """`json,srt` → both, in this order, without repetitions. Raises SetupError for an unknown
    one."""
    names = dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip())
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        shown = f"There is no format {unknown[0]}" if unknown else "No format is named"
        raise SetupError(f"{shown}: --format takes {', '.join(FORMATS)}, separated by commas.")
    return cast("tuple[Format, ...]", tuple(names))


def rendered(answer: Mapping[str, Any], form: Format) -> str:
    """The text of a result file, with a final newline. JSON is the whole answer."""
    if form == "json":
        return json.dumps(answer, ensure_ascii=False, indent=2) + "\n"
    title = Path(str(answer.get("file_path", ""))).stem
    return render(transcript_of(answer), form, answer.get("speakers", {}), title=title)


def transcript_of(answer: Mapping[str, Any]) -> Transcript:
    """The transcript in an answer. Raises KeyError, TypeError where there is none."""
    segments: Sequence[Mapping[str, Any]] = answer["segments"]
    return Transcript(
        tuple(_segment(segment) for segment in segments),
        language=str(answer["language"]),
        duration_s=float(answer["duration"]),
        windows=int(answer.get("segments_processed", 0)),
    )


def _segment(segment: Mapping[str, Any]) -> Segment:
    words = tuple(
        Word(word["word"], word["start"], word["end"], word.get("probability", 1.0))
        for word in segment.get("words", ())
    )
    return Segment(
        start_s=float(segment["start"]),
        end_s=float(segment["end"]),
        text=str(segment["text"]),
        words=words,
        channel=segment.get("channel"),
        speaker=segment.get("speaker"),
    )
