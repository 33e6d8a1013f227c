"""OpenAI's formats over HTTP; `tests/e2e/test_openai_sdk.py` tests its real clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from realtime.backends.scripted import Script, ScriptedBackend, ScriptedWord
from realtime.transcribe.slots import FileSlots
from realtime.types import Window
from tests.server.http.support import SPEECH, Hold, running_api, wav
from tests.server.support import script, tones
from tests.waiting import eventually

WORDS = "alpha bravo charlie"
URL = "/v1/audio/transcriptions"
FILE = {"file": ("a.wav", SPEECH)}


def streamed(answer: httpx2.Response) -> list[Any]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in answer.text.splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    return [json.loads(line.removeprefix("data: ")) for line in lines]


async def test_every_response_format(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        plain = await http.post(URL, data={"model": "whisper-1"}, files=FILE)
        usage = {"type": "duration", "seconds": 3}
        assert (plain.status_code, plain.json()) == (200, {"text": WORDS, "usage": usage})
        text = await http.post(URL, data={"response_format": "text"}, files=FILE)
        assert (text.text, text.headers["content-type"]) == (
            f"{WORDS}\n",
            "text/plain; charset=utf-8",
        )
        fields = {"response_format": "verbose_json", "language": "en"}
        verbose = (await http.post(URL, data=fields, files=FILE)).json()
        assert (verbose["task"], verbose["language"], verbose["text"]) == (
            "transcribe",
            "english",
            WORDS,
        )
        assert "words" not in verbose
        for name in ("timestamp_granularities[]", "timestamp_granularities"):
            both = await http.post(URL, data=fields | {name: ["word", "segment"]}, files=FILE)
            assert [word["word"] for word in both.json()["words"]] == WORDS.split()
            assert [segment["text"] for segment in both.json()["segments"]] == [f" {WORDS}"]
        logprobs = await http.post(URL, data={"include[]": "logprobs"}, files=FILE)
        assert [item["token"].strip() for item in logprobs.json()["logprobs"]] == WORDS.split()


async def test_subtitles(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        srt = await http.post(URL, data={"response_format": "srt"}, files=FILE)
        assert srt.text.startswith("1\n00:00:0")
        assert WORDS in srt.text
        vtt = await http.post(URL, data={"response_format": "vtt"}, files=FILE)
        assert vtt.text.startswith("WEBVTT\n")


async def test_streamed_parts_joined_are_the_text(tmp_path: Path) -> None:
    talk = script("alpha bravo/charlie delta/echo foxtrot", 1.0, 31.0, 61.0)
    speech = wav(tones(talk, 64.0))
    async with running_api(tmp_path, ScriptedBackend(talk), limit_bytes=1 << 22) as api:
        async with api.client() as http:
            answer = await http.post(URL, data={"stream": "true"}, files={"file": speech})
            *deltas, done = streamed(answer)
            assert len(deltas) >= 2
            assert {delta["type"] for delta in deltas} == {"transcript.text.delta"}
            whole = "alpha bravo charlie delta echo foxtrot"
            assert "".join(delta["delta"] for delta in deltas) == whole
            assert done == {"type": "transcript.text.done", "text": whole}
        assert api.services.transcription.places.running == 0


async def test_a_stream_that_fails_at_once_is_a_status_and_later_an_event(tmp_path: Path) -> None:
    talk = script("alpha bravo/charlie delta", 1.0, 61.0)

    def fail_late(windows: Sequence[Window]) -> None:
        if any(window.start > 0 for window in windows):
            raise RuntimeError("broken")

    backend = ScriptedBackend(talk, before_decode=fail_late, max_batch=1)
    async with running_api(tmp_path, backend, limit_bytes=1 << 22) as api, api.client() as http:
        junk = await http.post(URL, data={"stream": "true"}, files={"file": b"junk" * 99})
        assert (junk.status_code, junk.json()["error"]["code"]) == (415, "not_audio")
        speech = wav(tones(talk, 64.0))
        fields = {"stream": "true", "language": "en"}
        answer = await http.post(URL, data=fields, files={"file": speech})
        last = streamed(answer)[-1] if answer.status_code == 200 else answer.json()
        assert last["error"]["code"] == "decode_failed"


async def test_streamed_parts_have_no_blanks_in_scripts_without(tmp_path: Path) -> None:
    spoken = [("お", 1.0), ("腹が", 3.0), ("空いた。", 5.0), ("네", 7.0)]
    talk = Script(
        tuple(ScriptedWord(text, at_s, at_s + 0.4) for text, at_s in spoken), spaces=False
    )
    async with running_api(tmp_path, ScriptedBackend(talk)) as api, api.client() as http:
        fields = {"stream": "true", "language": "ja"}
        answer = await http.post(URL, data=fields, files={"file": wav(tones(talk, 8.0))})
        *deltas, done = streamed(answer)
        assert len(deltas) > 2
        assert "".join(delta["delta"] for delta in deltas) == done["text"] == "お腹が空いた。 네"
        whole = await http.post(URL, data={"language": "ja"}, files={"file": wav(tones(talk, 8.0))})
        assert whole.json()["text"] == done["text"]


async def test_a_stream_whose_client_disconnects_frees_its_slot(tmp_path: Path) -> None:
    talk = script("alpha bravo/charlie delta", 1.0, 61.0)
    hold = Hold()

    def hold_late(windows: Sequence[Window]) -> None:
        if any(window.start > 0 for window in windows):
            hold(windows)

    backend = ScriptedBackend(talk, before_decode=hold_late, max_batch=1)
    async with running_api(tmp_path, backend, limit_bytes=1 << 22) as api, api.client() as http:
        speech = {"file": wav(tones(talk, 64.0))}

        async def listen() -> None:
            fields = {"stream": "true", "language": "en"}
            async with http.stream("POST", URL, data=fields, files=speech) as answer:
                async for _ in answer.aiter_lines():
                    pass

        listening = asyncio.create_task(listen())
        await eventually(hold.begun.is_set)
        listening.cancel()
        await eventually(lambda: api.services.transcription.places.running == 0)
        hold.go.set()


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": "pdf"}, "response_format"),
        ({"language": "the queen's english"}, "language"),
        ({"temperature": "7"}, "temperature"),
        ({"timestamp_granularities[]": "letter"}, "timestamp_granularities"),
        ({"stream": "perhaps"}, "stream"),
    ],
)
async def test_errors_have_all_four_keys(
    fields: dict[str, str], param: str, tmp_path: Path
) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        answer = await http.post(URL, data=fields, files=FILE)
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert (answer.status_code, error["type"], error["param"]) == (
            400,
            "invalid_request_error",
            param,
        )
        assert error["message"].isascii()


async def test_missing_files_and_wrong_paths_and_methods_have_openais_errors(
    tmp_path: Path,
) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        none = await http.post(URL, data={"model": "whisper-1"})
        assert (none.status_code, none.json()["error"]["param"]) == (400, "file")
        nothing = await http.post("/v1/audio/speech", files=FILE)
        assert (nothing.status_code, nothing.json()["error"]["code"]) == (404, "not_found")
        method = await http.get(URL)
        assert (method.status_code, method.headers["Allow"]) == (405, "POST")


async def test_full_is_429_before_the_upload_is_read(tmp_path: Path) -> None:
    async with running_api(tmp_path, places=FileSlots(1, 0)) as api, api.client() as http:
        async with api.services.transcription.places.place():
            answer = await http.post(URL, files=FILE)
        error = answer.json()["error"]
        assert (answer.status_code, error["type"], error["code"]) == (
            429,
            "rate_limit_error",
            "rate_limit_exceeded",
        )
        assert int(answer.headers["Retry-After"]) > 0


async def test_translations_and_models(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        fields = {"response_format": "verbose_json"}
        body = (await http.post("/v1/audio/translations", data=fields, files=FILE)).json()
        assert (body["task"], body["language"]) == ("translate", "english")
        models = (await http.get("/v1/models")).json()
        assert models["object"] == "list"
        assert [model["id"] for model in models["data"]] == ["scripted", "whisper-1"]
        for name in ("scripted", "Systran/faster-whisper-large-v3"):
            model = (await http.get(f"/v1/models/{name}")).json()
            assert (model["id"], model["object"]) == (name, "model")


@pytest.mark.parametrize(
    "fields",
    [
        {"timestamp_granularities[]": ["word", "segment"]},
        {"timestamp_granularities[0]": "word", "timestamp_granularities[1]": "segment"},
        {"timestamp_granularities": "word,segment"},
        {"timestamp_granularities[]": "word, segment"},
        {"timestamp_granularities": '["word", "segment"]'},
    ],
)
async def test_lists_however_they_are_written(tmp_path: Path, fields: dict[str, Any]) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        asked = {"response_format": "verbose_json", **fields}
        body = (await http.post(URL, data=asked, files=FILE)).json()
        assert body["words"]
        assert body["segments"]
        for bad in ("word,nonsense", "[1]", "[", "{}"):
            asked = {"response_format": "verbose_json", "timestamp_granularities": bad}
            answer = await http.post(URL, data=asked, files=FILE)
            assert (answer.status_code, answer.json()["error"]["param"]) == (
                400,
                "timestamp_granularities",
            )


async def test_silence_has_a_language_and_an_empty_file_is_reported(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        silence = {"file": ("a.wav", wav(np.zeros(16_000, np.float32)))}
        for fields, language in (({}, "english"), ({"language": "ko"}, "korean")):
            asked = {"response_format": "verbose_json", **fields}
            body = (await http.post(URL, data=asked, files=silence)).json()
            assert (body["text"], body["language"]) == ("", language)
        answer = await http.post(URL, files={"file": ("a.wav", b"")})
        assert answer.status_code == 415
        assert "is empty" in answer.json()["error"]["message"]


@pytest.mark.parametrize("form", ["json", "verbose_json"])
async def test_names_of_speakers_are_not_ignored_silently(tmp_path: Path, form: str) -> None:
    fields = {"response_format": form, "known_speaker_names[]": ["Ada", "Bob"]}
    async with running_api(tmp_path) as api, api.client() as http:
        answer = (await http.post(URL, data=fields, files=FILE)).json()
        assert (answer["text"], answer["warnings"]) == (WORDS, ["known_speakers_off"])


async def test_a_file_that_is_cut_off_says_so(tmp_path: Path) -> None:
    cut = {"file": ("a.wav", SPEECH[: len(SPEECH) * 2 // 3])}
    async with running_api(tmp_path) as api, api.client() as http:
        whole = (await http.post("/transcribe", files=FILE)).json()
        assert "warnings" not in whole
        for language, word in (("en", "ends in the middle"), ("ko", "중간에서")):
            headers = {"Accept-Language": language}
            answer = (await http.post("/transcribe", files=cut, headers=headers)).json()
            (warning,) = answer["warnings"]
            assert warning["code"] == "cut_off"
            assert word in warning["message"]
        verbose = {"response_format": "verbose_json"}
        assert (await http.post(URL, data=verbose, files=cut)).json()["warnings"] == ["cut_off"]
