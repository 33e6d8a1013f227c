"""A transcript as JSON, plain text, SRT, WebVTT or TSV. Pure.

SRT has no standard, only common practice; WebVTT is the W3C's. TSV is as openai/whisper writes it:
start and end in milliseconds, and the text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from realtime.files.cues import NOBODY, cues, speaker
from realtime.types import Segment, Transcript

ROUNDING = 1e-6
"""Tolerance, as a whole number of milliseconds may come out a little less: 2.3 * 1000."""


def srt(transcript: Transcript, names: Mapping[str, str] = NOBODY) -> str:
    """Numbered cues, the speaker in front of the text."""
    blocks = []
    for number, cue in enumerate(cues(transcript, named=True, names=names), 1):
        span = _span(cue.start_s, cue.end_s, transcript.duration_s, ",")
        blocks.append(f"{number}\n{span}\n" + "\n".join(cue.lines) + "\n")
    return "\n".join(blocks)


def vtt(transcript: Transcript, names: Mapping[str, str] = NOBODY) -> str:
    """WebVTT with speakers as voice tags."""
    blocks = ["WEBVTT\n"]
    for cue in cues(transcript, named=False, names=names):
        text = "\n".join(_escaped(line) for line in cue.lines)
        voice = f"<v {_escaped(cue.speaker)}>{text}</v>" if cue.speaker else text
        span = _span(cue.start_s, cue.end_s, transcript.duration_s, ".")
        blocks.append(f"{span}\n{voice}\n")
    return "\n".join(blocks)


def txt(transcript: Transcript, names: Mapping[str, str] = NOBODY) -> str:
    """One segment per line."""
    lines = [_named(segment, transcript.language, names) for segment in transcript.segments]
    return "".join(f"{line}\n" for line in lines)


def tsv(transcript: Transcript, names: Mapping[str, str] = NOBODY) -> str:
    """Columns start, end (milliseconds) and text."""
    rows = ["start\tend\ttext"]
    for segment in transcript.segments:
        start_ms, end_ms = _milliseconds(segment.start_s, segment.end_s, transcript.duration_s)
        rows.append(f"{start_ms}\t{end_ms}\t{_named(segment, transcript.language, names)}")
    return "".join(f"{row}\n" for row in rows)


def as_json(transcript: Transcript, names: Mapping[str, str] = NOBODY) -> str:
    """Everything: text, language, duration in seconds, segments, words where there are any."""
    content = {
        "text": transcript.text,
        "language": transcript.language,
        "duration": round(transcript.duration_s, 3),
        "segments": [segment_dict(segment) for segment in transcript.segments],
        **({"speakers": dict(names)} if names else {}),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def segment_dict(segment: Segment) -> dict[str, Any]:
    """A segment as JSON files and the HTTP API show it, times in s.

    `channel`, `speaker` and `words` only where there are any. A word keeps its leading space, so
    that the words joined give the text in every script.
    """
    shown: dict[str, Any] = {
        "start": round(segment.start_s, 3),
        "end": round(segment.end_s, 3),
        "text": segment.text,
    }
    if segment.channel is not None:
        shown["channel"] = segment.channel
    if segment.speaker is not None:
        shown["speaker"] = segment.speaker
    if segment.words:
        shown["words"] = [
            {
                "word": word.text,
                "start": round(word.start_s, 3),
                "end": round(word.end_s, 3),
                "probability": round(word.probability, 4),
            }
            for word in segment.words
        ]
    return shown


def _named(segment: Segment, language: str, names: Mapping[str, str]) -> str:
    """The text on one line, the speaker in front of it."""
    name = speaker(segment, language, names)
    text = " ".join(segment.text.split())
    return f"{name}: {text}" if name else text


def _escaped(text: str) -> str:
    """WebVTT's three reserved characters; without `>` no line can be taken for a timing."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _milliseconds(start_s: float, end_s: float, media_s: float) -> tuple[int, int]:
    """Rounded; the end is after the start, as players demand, and not after the recording's."""
    start_ms = round(start_s * 1000)
    end_ms = max(round(end_s * 1000), start_ms + 1)
    media_ms = math.floor(media_s * 1000 + ROUNDING)
    if end_ms > media_ms:
        end_ms = max(media_ms, 1)
        start_ms = min(start_ms, end_ms - 1)
    return start_ms, end_ms


def _span(start_s: float, end_s: float, media_s: float, mark: str) -> str:
    start_ms, end_ms = _milliseconds(start_s, end_s, media_s)
    return f"{_clock(start_ms, mark)} --> {_clock(end_ms, mark)}"


def _clock(milliseconds: int, mark: str) -> str:
    """HH:MM:SS and the milliseconds after `mark`."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, hours = seconds // 60, seconds // 3600
    return f"{hours:02}:{minutes % 60:02}:{seconds % 60:02}{mark}{rest:03}"
