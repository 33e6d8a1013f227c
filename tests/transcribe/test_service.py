"""From an outcome to the keys of the response: steps, costs, channels, words."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any, Literal

import pytest

from realtime.app.detectors import make_detector
from realtime.backends.scripted import ScriptedBackend
from realtime.engine.engine import Engine
from realtime.errors import LimitReached, NotReady
from realtime.files.options import FileOptions
from realtime.files.transcriber import FileTranscriber
from realtime.keys.holder import Quota, named
from realtime.keys.quotas import Quotas
from realtime.keys.usage import Usage
from realtime.metrics import Metrics
from realtime.postprocess.base import (
    Classification,
    PrivacyResult,
    Processed,
    StepError,
    Steps,
)
from realtime.transcribe.service import (
    Outcome,
    Transcription,
    TranscriptionRequest,
    available_memory_mb,
    out_of_memory,
)
from realtime.transcribe.slots import FileSlots
from realtime.types import Segment, Transcript, Word
from tests.server.http.support import SPEECH, TALK, Hold, NoSteps
from tests.waiting import eventually

SAID = Transcript(
    (
        Segment(0.1234567, 1.0, "Call 010-****-5678.", (Word(" Call", 0.1, 0.2, 0.98765),), 0),
        Segment(1.0, 2.0, "Yes.", (), 1),
    ),
    "en",
    2.50049,
    3,
)
ASKED = TranscriptionRequest(FileOptions(), Steps(True, True, True), "a.wav", 3 << 19)


async def test_files_at_once_use_the_remaining_hours_only_once() -> None:
    hold, alice = Hold(), named("alice", Quota(audio_hours=1 / 3600))
    engine = Engine(lambda: ScriptedBackend(TALK, before_decode=hold))
    files = FileTranscriber(engine, lambda: make_detector("energy"))
    quotas = Quotas(lambda: [alice], Usage(None), Metrics())
    transcription = Transcription(files, engine, NoSteps(), FileSlots(4, 4), quotas=quotas)
    request = TranscriptionRequest(FileOptions(language="en"), owner=alice.owner)
    engine.start()
    try:
        first = asyncio.create_task(transcription.outcome(io.BytesIO(SPEECH), request))
        await eventually(hold.begun.is_set)
        with pytest.raises(LimitReached, match="hours of audio"):
            await transcription.outcome(io.BytesIO(SPEECH), request)
        first.cancel()
        hold.go.set()
        await asyncio.wait([first])
        await transcription.outcome(io.BytesIO(SPEECH), request)
        with pytest.raises(LimitReached, match="hours of audio"):
            transcription.check(alice.owner)
    finally:
        hold.go.set()
        files.close()
        engine.stop()


def test_the_answer_of_a_transcript_with_steps() -> None:
    processed = Processed(
        SAID,
        PrivacyResult(SAID, ("PHONE",), "1 phone number"),
        Classification("CLASS_ORDER", "order", 91.26, "buy"),
        None,
        ("privacy_removal", "classification"),
        (("ai_agent", StepError("not_configured", "Configure it.")),),
    )
    body = Outcome(ASKED, processed, "faster-whisper", 8.50049).answer("en")
    memory = body.pop("memory_info")
    assert set(memory) == {"available_mb", "used_percent"}  # type: ignore[call-overload]
    assert body == {
        "success": True,
        "text": "Call 010-****-5678. Yes.",
        "language": "en",
        "duration": 2.5,
        "backend": "faster-whisper",
        "file_path": "a.wav",
        "file_size_mb": 1.5,
        "privacy_removal": {
            "privacy_exist": "Y",
            "exist_reason": "1 phone number",
            "text": "Call 010-****-5678. Yes.",
            "privacy_types": ["PHONE"],
        },
        "classification": {
            "code": "CLASS_ORDER",
            "category": "order",
            "confidence": 91.3,
            "reason": "buy",
        },
        "ai_agent": None,
        "processing_steps": {
            "stt": True,
            "privacy_removal": True,
            "classification": True,
            "ai_agent": False,
        },
        "step_errors": {"ai_agent": "not_configured"},
        "step_messages": body["step_messages"],
        "processing_time_seconds": 8.5,
        "processing_mode": "normal",
        "segments_processed": 3,
        "segments": [
            {
                "start": 0.123,
                "end": 1.0,
                "text": "Call 010-****-5678.",
                "channel": 0,
                "words": [{"word": " Call", "start": 0.1, "end": 0.2, "probability": 0.9877}],
            },
            {"start": 1.0, "end": 2.0, "text": "Yes.", "channel": 1},
        ],
    }


def test_warnings_about_the_audio_are_in_the_readers_language() -> None:
    odd = Processed(replace(SAID, warnings=("sides_cancel",)))
    words: dict[Literal["ko", "en"], str] = {"en": "channels cancel", "ko": "상쇄"}
    for language, word in words.items():
        body: dict[str, Any] = Outcome(ASKED, odd, "scripted", 1.0).answer(language)
        [warning] = body["warnings"]
        assert warning["code"] == "sides_cancel"
        assert word in warning["message"]


def test_steps_that_were_not_requested_are_left_out() -> None:
    asked = replace(ASKED, steps=Steps(), options=FileOptions(bounded=True))
    body = Outcome(asked, Processed(SAID), "transformers", 1.0).answer()
    assert not {"privacy_removal", "classification", "ai_agent", "step_errors"} & set(body)
    assert body["processing_mode"] == "streaming"


def test_out_of_memory_names_the_other_mode_only_where_there_is_one() -> None:
    assert out_of_memory(FileOptions()).details == {"suggestion": "is_stream=true"}
    assert out_of_memory(FileOptions(bounded=True)).details == {}


def test_an_engine_without_a_model_refuses_early() -> None:
    engine = Engine(lambda: ScriptedBackend(TALK))
    files = FileTranscriber(engine, lambda: make_detector("energy"))
    with pytest.raises(NotReady):
        Transcription(files, engine, NoSteps(), FileSlots(1, 1)).check()
    files.close()
    assert (available_memory_mb() or 0) > 0
