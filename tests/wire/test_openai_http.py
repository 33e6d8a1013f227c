"""OpenAI's response formats, key by key."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from openai.types.audio import TranscriptionDiarized
from openai.types.audio.transcription_diarized_segment import TranscriptionDiarizedSegment

from realtime.types import Segment, Transcript, Word
from realtime.wire import openai_http

WORDS = (Word(" Hello", 0.25, 0.5, 0.5), Word(" you.", 0.5, 0.75, 0.0))
SAID = Transcript(
    (
        Segment(0.25, 0.75, "Hello you.", WORDS, None, -0.25, 0.125, 1.5),
        Segment(1.0, 1.5, "Bye."),
    ),
    "en",
    8.47,
)


def test_json() -> None:
    assert openai_http.plain(SAID, logprobs=False) == {
        "text": "Hello you. Bye.",
        "usage": {"type": "duration", "seconds": 9},
    }
    with_logprobs = openai_http.plain(SAID, logprobs=True)
    assert with_logprobs["logprobs"] == [
        {"token": " Hello", "logprob": round(math.log(0.5), 4), "bytes": list(b" Hello")},
        {"token": " you.", "logprob": round(math.log(1e-9), 4), "bytes": list(b" you.")},
    ]


def test_verbose_json_has_the_requested_granularities() -> None:
    head = {
        "task": "transcribe",
        "language": "english",
        "duration": 8.47,
        "text": "Hello you. Bye.",
        "usage": {"type": "duration", "seconds": 9},
    }
    words = [
        {"word": "Hello", "start": 0.25, "end": 0.5},
        {"word": "you.", "start": 0.5, "end": 0.75},
    ]
    assert openai_http.verbose(SAID, "transcribe", ["word"]) == head | {"words": words}
    both = openai_http.verbose(SAID, "transcribe", ["word", "segment"])
    assert both["words"] == words
    plain: dict[str, Any] = openai_http.verbose(SAID, "transcribe", [])
    assert plain["segments"] == both["segments"]
    assert "words" not in plain
    first, second = plain["segments"]
    assert first == {
        "id": 0,
        "seek": 25,
        "start": 0.25,
        "end": 0.75,
        "text": " Hello you.",
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": -0.25,
        "compression_ratio": 1.5,
        "no_speech_prob": 0.125,
    }
    assert (second["id"], second["text"]) == (1, " Bye.")
    odd = replace(SAID, warnings=("sides_cancel",))
    assert openai_http.verbose(odd, "transcribe", []) == plain | {"warnings": ["sides_cancel"]}
    assert openai_http.plain(odd, logprobs=False)["warnings"] == ["sides_cancel"]
    assert openai_http.diarized(odd)["warnings"] == ["sides_cancel"]


def test_speakers_have_letters_as_openai_gives_them() -> None:
    said = [replace(SAID.segments[1], speaker=speaker) for speaker in (0, 25, 26, None)]
    body: dict[str, Any] = openai_http.diarized(replace(SAID, segments=tuple(said)))
    segments = body["segments"]
    assert [one["speaker"] for one in segments] == ["A", "Z", "S27", "unknown"]
    for raw in segments:
        TranscriptionDiarizedSegment.model_validate(raw, strict=True)
    TranscriptionDiarized.model_validate(body)
    letterless = replace(SAID, segments=tuple(said))
    verbose: dict[str, Any] = openai_http.verbose(letterless, "transcribe", [])
    assert [one.get("speaker") for one in verbose["segments"]] == [0, 25, 26, None]


def test_a_translation_is_english() -> None:
    korean = Transcript((), "ko", 1.0)
    assert openai_http.verbose(korean, "translate", [])["language"] == "english"
    assert openai_http.verbose(korean, "transcribe", [])["language"] == "korean"


def test_streamed_parts_and_models() -> None:
    assert openai_http.delta(" you") == {"type": "transcript.text.delta", "delta": " you"}
    assert openai_http.done("a") == {"type": "transcript.text.done", "text": "a"}
    assert openai_http.model("small", 5) == {
        "id": "small",
        "object": "model",
        "created": 5,
        "owned_by": "realtime-whisper",
    }
