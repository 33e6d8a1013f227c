"""Formats transcripts as OpenAI's HTTP API does. Pure: values in, JSON-able values out.

Source of the formats: OpenAI's published API description and what its SDKs read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from string import ascii_uppercase

from realtime.languages import language_name
from realtime.types import Segment, Task, Transcript, Word

UNKNOWN_SPEAKER = "unknown"
"""OpenAI's format requires a speaker, and defines no name for an unknown one."""
FRAMES_PER_S = 100
"""`seek` of a segment counts mel frames."""


def plain(transcript: Transcript, *, logprobs: bool) -> dict[str, object]:
    """`response_format=json`."""
    body: dict[str, object] = {"text": transcript.text}
    if logprobs:
        body["logprobs"] = [logprob(word) for word in _words(transcript)]
    return body | _warnings(transcript) | {"usage": usage(transcript)}


def verbose(transcript: Transcript, task: Task, granularities: Iterable[str]) -> dict[str, object]:
    """`response_format=verbose_json`, with the requested granularities; by default segments."""
    parts = set(granularities) or {"segment"}
    body: dict[str, object] = {
        "task": task,
        # A translation is English, whatever was spoken.
        "language": language_name("en" if task == "translate" else transcript.language),
        "duration": round(transcript.duration_s, 3),
        "text": transcript.text,
    }
    if "segment" in parts:
        body["segments"] = [
            _segment(number, segment) for number, segment in enumerate(transcript.segments)
        ]
    if "word" in parts:
        body["words"] = [
            {
                "word": word.text.strip(),
                "start": round(word.start_s, 3),
                "end": round(word.end_s, 3),
            }
            for word in _words(transcript)
        ]
    return body | _warnings(transcript) | {"usage": usage(transcript)}


def diarized(transcript: Transcript) -> dict[str, object]:
    """`response_format=diarized_json`, as `gpt-4o-transcribe-diarize` answers."""
    return {
        "task": "transcribe",
        "duration": round(transcript.duration_s, 3),
        "text": transcript.text,
        "segments": [
            diarized_segment(number, segment) for number, segment in enumerate(transcript.segments)
        ],
        **_warnings(transcript),
        "usage": usage(transcript),
    }


def diarized_segment(number: int, segment: Segment) -> dict[str, object]:
    """A segment of `diarized`, also an event of its stream. Speakers are A … Z, then S27 …"""
    speaker = segment.speaker
    if speaker is None:
        name = UNKNOWN_SPEAKER
    else:
        name = ascii_uppercase[speaker] if speaker < len(ascii_uppercase) else f"S{speaker + 1}"
    return {
        "type": "transcript.text.segment",
        "id": f"seg_{number}",
        "start": round(segment.start_s, 3),
        "end": round(segment.end_s, 3),
        "text": segment.text,
        "speaker": name,
    }


def usage(transcript: Transcript) -> dict[str, object]:
    """The seconds that OpenAI would bill, rounded up."""
    return {"type": "duration", "seconds": math.ceil(transcript.duration_s)}


def logprob(word: Word) -> dict[str, object]:
    """Log probability of a word, since our models give those; OpenAI's are of tokens."""
    return {
        "token": word.text,
        "logprob": round(math.log(max(word.probability, 1e-9)), 4),
        "bytes": list(word.text.encode()),
    }


def delta(text: str) -> dict[str, object]:
    """A part of a streamed transcript. The parts, joined, are the whole text."""
    return {"type": "transcript.text.delta", "delta": text}


def done(text: str) -> dict[str, object]:
    """The end of a streamed transcript."""
    return {"type": "transcript.text.done", "text": text}


def model(name: str, created: int) -> dict[str, object]:
    """An entry of `/v1/models`. `created`: Unix time in seconds."""
    return {"id": name, "object": "model", "created": created, "owned_by": "realtime-whisper"}


def _warnings(transcript: Transcript) -> dict[str, object]:
    """`warnings`, our addition, which OpenAI's clients ignore; no field where there are none."""
    return {"warnings": list(transcript.warnings)} if transcript.warnings else {}


def _words(transcript: Transcript) -> list[Word]:
    return [word for segment in transcript.segments for word in segment.words]


def _segment(number: int, segment: Segment) -> dict[str, object]:
    body: dict[str, object] = {
        "id": number,
        "seek": round(segment.start_s * FRAMES_PER_S),
        "start": round(segment.start_s, 3),
        "end": round(segment.end_s, 3),
        "text": f" {segment.text}",
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(segment.avg_logprob, 4),
        "compression_ratio": round(segment.compression_ratio, 4),
        "no_speech_prob": round(segment.no_speech_probability, 4),
    }
    # `speaker` is our addition: OpenAI's own format for speakers is `diarized`.
    return body if segment.speaker is None else {**body, "speaker": segment.speaker}
