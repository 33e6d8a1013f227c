"""A server as a recogniser: this project's, and ones that are busy, broken or of another kind."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from uvicorn import Config, Server

from realtime.client.errors import Refused, Unreachable
from realtime.commands.transcription.recogniser import TranscriptionOptions
from realtime.commands.transcription.upload import connected
from realtime.errors import Unauthorized
from tests.e2e.support import SAMPLES
from tests.serving import Served

ANSWER = {"language": "ko", "duration": 1.5, "segments": []}
Handler = Callable[[Request], Awaitable[Response]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A real HTTP server whose `handler` answers uploads; returns its address."""

    async def backend(_: Request) -> Response:
        return JSONResponse({"current_backend": "scripted"})

    app = Starlette(
        routes=[
            Route("/backend/current", backend),
            Route("/transcribe_by_upload", handler, methods=["POST"]),
        ]
    )
    server = Server(Config(app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:  # clients may connect at once
        running = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


async def transcribe(
    url: str, path: Path, options: TranscriptionOptions, token: str | None = None
) -> object:
    progress: list[float] = []
    async with connected(url, token) as server:
        answer = await server.transcribe(
            path, options.fields(), lambda done_s, _: progress.append(done_s)
        )
    assert progress == [0.0, answer["duration"]]
    return answer


async def test_a_server_of_this_project_transcribes(api: Served) -> None:
    sample = SAMPLES["en-timer"]
    async with connected(api.api, None) as recogniser:
        assert await recogniser.backend() == "faster-whisper"
        answer = await recogniser.transcribe(
            sample.path,
            TranscriptionOptions(language="en", word_timestamps=True).fields(),
            lambda _done_s, _total_s: None,
        )
    assert answer["text"] == sample.text
    words = [word for segment in answer["segments"] for word in segment["words"]]
    assert "".join(word["word"] for word in words).strip() == sample.text


async def test_a_refusal_is_reported_with_the_servers_sentence(api: Served, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"no audio at all")
    with pytest.raises(Refused) as refused:
        await transcribe(api.api, path, TranscriptionOptions())
    assert refused.value.reason_code == "not_audio"


async def test_a_busy_server_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"speech")
    seen: list[bytes] = []

    async def handler(request: Request) -> Response:
        form = await request.form()
        upload = form["file"]
        assert not isinstance(upload, str)
        seen.append(await upload.read())
        assert form["language"] == "auto"
        assert form["privacy_removal"] == "true"
        await form.close()
        if len(seen) < 3:
            return JSONResponse({}, 429 + 74 * (len(seen) - 1), {"Retry-After": "0"})
        return JSONResponse(ANSWER)

    options = TranscriptionOptions(language="auto", privacy_removal=True)
    async with serving(handler) as url:
        assert await transcribe(url, tmp_path / "a.wav", options) == ANSWER
    assert seen == [b"speech"] * 3


async def test_a_wrong_key_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"speech")

    async def handler(request: Request) -> Response:
        if request.headers.get("authorization") == "Bearer right":
            return JSONResponse(ANSWER)
        return JSONResponse({"detail": {"code": "unauthorized", "message": "No key."}}, 401)

    async with serving(handler) as url:
        with pytest.raises(Unauthorized, match=r"No key\. Give a key with --token"):
            await transcribe(url, tmp_path / "a.wav", TranscriptionOptions(), "wrong")
        assert await transcribe(url, tmp_path / "a.wav", TranscriptionOptions(), "right") == ANSWER


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (JSONResponse({"text": "x"}), "not a realtime-whisper server"),
        (PlainTextResponse("hello"), "The server answered 200"),
        (PlainTextResponse("no", 500), "The server answered 500"),
        (JSONResponse({"detail": {"code": "too_large", "message": "Cut it."}}, 413), "Cut it."),
    ],
)
async def test_other_responses_are_failures(tmp_path: Path, answer: Response, words: str) -> None:
    (tmp_path / "a.wav").write_bytes(b"speech")

    async def handler(_: Request) -> Response:
        return answer

    async with serving(handler) as url:
        with pytest.raises(Refused, match=words):
            await transcribe(url, tmp_path / "a.wav", TranscriptionOptions())


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://a b"])
async def test_an_unreachable_server_is_reported_at_once(url: str) -> None:
    with pytest.raises(Unreachable, match=r"--url|http://HOST"):
        async with connected(url, None):
            pass
