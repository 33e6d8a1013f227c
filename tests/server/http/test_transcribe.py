"""`/transcribe`: sources, answers, refusals, and clients that disconnect."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from realtime.backends.scripted import ScriptedBackend
from realtime.transcribe.slots import FileSlots
from tests.server.http.support import SPEECH, TALK, Hold, RunningApi, running_api, wav
from tests.server.support import tones
from tests.waiting import eventually

WORDS = "alpha bravo charlie"
KEYS = {
    *{"success", "text", "language", "duration", "backend", "model"},
    *{"file_path", "file_size_mb"},
    *{"processing_steps", "processing_time_seconds", "processing_mode", "segments_processed"},
    *{"segments", "memory_info"},
}


async def test_an_upload_in_either_field_and_a_path(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        (api.allowed / "a.wav").write_bytes(SPEECH)
        for answer in (
            await http.post("/transcribe", files={"file": ("a.wav", SPEECH)}),
            await http.post("/transcribe", files={"audio": ("a.wav", SPEECH)}),
            await http.post("/transcribe", data={"file_path": "a.wav"}),
            await http.post("/transcribe", files={"file_path": (None, "a.wav")}),
            await http.post("/transcribe_by_upload", files={"file": ("a.wav", SPEECH)}),
        ):
            body = answer.json()
            assert (answer.status_code, body["text"], body["file_path"]) == (200, WORDS, "a.wav")
            assert set(body) == KEYS
            assert body["file_size_mb"] == round(len(SPEECH) / 2**20, 3)
            assert body["duration"] == pytest.approx(3.0)
            assert body["processing_mode"] == "normal"
            assert body["segments_processed"] == 1
            (segment,) = body["segments"]
            assert 0 <= segment["start"] < segment["end"] <= 3.0
            assert body["processing_steps"] == {
                "stt": True,
                "privacy_removal": False,
                "classification": False,
                "ai_agent": False,
            }


async def test_fields_that_are_unknown_old_or_empty(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        fields = {"backend": "old", "is_stream": "true", "prompt": "", "unheard_of": "x"}
        answer = await http.post("/transcribe", data=fields, files={"file": SPEECH})
        assert answer.status_code == 200
        assert answer.headers["Deprecation"].startswith("@")
        assert answer.json()["processing_mode"] == "streaming"
        plain = await http.post("/transcribe", files={"file": SPEECH})
        assert "Deprecation" not in plain.headers
        assert plain.json()["text"] == answer.json()["text"]


async def test_words_and_channels(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        both = wav(tones(TALK, 3.0), channels=2)
        fields = {"word_timestamps": "true", "multichannel": "true"}
        body = (await http.post("/transcribe", data=fields, files={"file": both})).json()
        assert [segment["channel"] for segment in body["segments"]] == [0, 1]
        for segment in body["segments"]:
            assert [word["word"].strip() for word in segment["words"]] == WORDS.split()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"language": "korean language"}, "language"),
        ({"languages": "ko,Klingon!"}, "languages"),
        ({"is_stream": "perhaps"}, "is_stream"),
        ({"task": "sing"}, "task"),
        ({"output": "pdf"}, "output"),
        ({"prompt": "x" * 4001}, "prompt"),
        ({}, "file"),
    ],
)
async def test_an_invalid_field(fields: dict[str, str], field: str, tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        answer = await http.post("/transcribe", data=fields)
        detail = answer.json()["detail"]
        assert (answer.status_code, detail["code"]) == (422, "bad_request")
        assert detail["field"] == field


async def test_a_file_without_audio(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        for junk in (b"", b"no audio at all" * 100, json.dumps({"a": 1}).encode() * 500):
            answer = await http.post("/transcribe", files={"file": ("fine.wav", junk)})
            assert (answer.status_code, answer.json()["detail"]["code"]) == (415, "not_audio")


async def test_little_memory_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    async with running_api(tmp_path, available_mb=lambda: 200) as api, api.client() as http:
        answer = await http.post("/transcribe", files={"file": SPEECH})
        detail = answer.json()["detail"]
        assert (answer.status_code, detail["code"]) == (507, "out_of_memory")
        assert detail["error"] == "메모리 부족"
        assert detail["suggestion"] == "is_stream=true"
        assert int(answer.headers["Retry-After"]) > 0
        bounded = await http.post("/transcribe", data={"is_stream": "true"}, files={"file": SPEECH})
        assert bounded.status_code == 200


async def test_requests_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend, places=FileSlots(1, 1)) as api, api.client() as http:
        taken = [
            asyncio.create_task(http.post("/transcribe", files={"file": SPEECH})) for _ in range(2)
        ]
        places = api.services.transcription.places
        await eventually(lambda: (places.running, places.waiting) == (1, 1))
        answer = await http.post("/transcribe", files={"file": SPEECH})
        assert (answer.status_code, answer.json()["detail"]["code"]) == (429, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        hold.go.set()
        assert [(await one).status_code for one in taken] == [200, 200]


async def test_a_client_that_hangs_up_ends_the_work(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend) as api, api.client() as http:
        asking = asyncio.create_task(http.post("/transcribe", files={"file": SPEECH}))
        places = api.services.transcription.places
        await eventually(hold.begun.is_set)
        asking.cancel()
        await eventually(lambda: places.running == 0)
        await eventually(lambda: api.answered == [499])
        hold.go.set()
        assert (await http.post("/transcribe", files={"file": SPEECH})).status_code == 200


async def test_a_slow_upload_takes_no_slot(tmp_path: Path) -> None:
    async with running_api(tmp_path, places=FileSlots(1, 0)) as api, api.client() as http:
        reader, writer = await _begin_upload(api)
        quick = await http.post("/transcribe", files={"file": SPEECH})
        assert quick.status_code == 200
        writer.close()
        await writer.wait_closed()
        del reader


async def _begin_upload(
    api: RunningApi,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send a request whose body stops in the middle."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(
        b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF'
    )
    await writer.drain()
    return reader, writer
