"""Responses as files."""

from __future__ import annotations

import json

import pytest

from realtime.commands.transcription.rendering import formats, rendered, transcript_of
from realtime.errors import SetupError
from realtime.types import Segment, Word

ANSWER = {
    "success": True,
    "text": "안녕하세요. 네.",
    "language": "ko",
    "duration": 4.0,
    "segments_processed": 1,
    "segments": [
        {
            "start": 0.5,
            "end": 1.5,
            "text": "안녕하세요.",
            "channel": 1,
            "words": [{"word": " 안녕하세요.", "start": 0.5, "end": 1.5, "probability": 0.9}],
        },
        {"start": 2.0, "end": 2.5, "text": "네."},
    ],
}


def test_formats_are_read_in_order() -> None:
    assert formats("srt, JSON,srt") == ("srt", "json")


@pytest.mark.parametrize("text", ["", ",", "pdf", "json,doc"])
def test_other_formats_are_refused(text: str) -> None:
    with pytest.raises(SetupError, match="json, txt, srt, vtt, tsv"):
        formats(text)


def test_json_is_the_whole_response() -> None:
    text = rendered(ANSWER, "json")
    assert json.loads(text) == ANSWER
    assert "안녕하세요" in text
    assert text.endswith("}\n")


def test_the_transcript_has_times_words_and_channels() -> None:
    transcript = transcript_of(ANSWER)
    assert transcript.segments == (
        Segment(0.5, 1.5, "안녕하세요.", (Word(" 안녕하세요.", 0.5, 1.5, 0.9),), 1),
        Segment(2.0, 2.5, "네."),
    )
    assert (transcript.language, transcript.duration_s, transcript.windows) == ("ko", 4.0, 1)
    assert transcript.text == ANSWER["text"]
