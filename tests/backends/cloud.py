"""A real HTTP server with OpenAI's transcription API and the bundled model behind it.

Tests can make it refuse: the responses in `refusals` are sent first, one per request.
"""

from __future__ import annotations

import asyncio
import io
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import av
import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.languages import NAMES
from realtime.types import DecodeOptions, Hypothesis, Samples, Window
from realtime.weights.bundled import bundled_dir

KEY = "sk-test-0123456789"


@dataclass(frozen=True)
class Refusal:
    status: int
    code: str = "rate_limit_exceeded"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        error = {"message": "no", "type": "refused", "param": None, "code": self.code}
        return JSONResponse({"error": error}, self.status, dict(self.headers))


class Cloud:
    def __init__(self) -> None:
        self.refusals: list[Refusal] = []
        self.forms: list[dict[str, list[str]]] = []
        """Fields of each request that was transcribed."""
        self.requests = 0
        self.url = ""
        self._backend = FasterWhisperBackend(bundled_dir(), device="cpu", workers=1)
        self.app = Starlette(
            routes=[
                Route("/v1/models/{name}", self._model),
                Route("/v1/audio/transcriptions", self._transcribe, methods=["POST"]),
                Route("/v1/audio/translations", self._transcribe, methods=["POST"]),
            ]
        )

    def _refused(self, request: Request) -> Response | None:
        self.requests += 1
        if request.headers["authorization"] != f"Bearer {KEY}":
            return Refusal(401, "invalid_api_key").response()
        return self.refusals.pop(0).response() if self.refusals else None

    async def _model(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        name = request.path_params["name"]
        if name not in ("whisper-1", "gpt-4o-transcribe"):
            return Refusal(404, "model_not_found").response()
        body = {"id": name, "object": "model", "created": 0, "owned_by": "us"}
        return JSONResponse(body)

    async def _transcribe(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            audio = decoded(await file.read())
            fields = {name: [str(v) for v in form.getlist(name)] for name in form if name != "file"}
        self.forms.append(fields)
        language = fields.get("language", [None])[0]
        window = Window(audio, 0, True, DecodeOptions(language, word_times=True))
        [heard] = await asyncio.to_thread(self._backend.decode, [window])
        verbose = fields["response_format"] == ["verbose_json"]
        return JSONResponse(verbose_body(heard, window) if verbose else {"text": heard.text})


def decoded(data: bytes) -> Samples:
    with av.open(io.BytesIO(data), "r") as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float32) / np.float32(32768)


def verbose_body(heard: Hypothesis, window: Window) -> dict[str, object]:
    segment = {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": window.duration_s,
        "text": heard.text,
        "tokens": list(range(heard.tokens)),
        "temperature": 0.0,
        "avg_logprob": heard.avg_logprob,
        "compression_ratio": heard.compression_ratio,
        "no_speech_prob": heard.no_speech_probability,
    }
    words = [
        {"word": w.text.strip().strip(",.?"), "start": w.start_s, "end": w.end_s}
        for w in heard.words
    ]
    return {
        "task": "transcribe",
        "language": NAMES[heard.language],
        "duration": window.duration_s,
        "text": heard.text,
        "segments": [segment] if heard.text else [],
        "words": words,
    }


@contextmanager
def cloud() -> Iterator[Cloud]:
    """On a free port of this machine."""
    made = Cloud()
    listener = socket.create_server(("127.0.0.1", 0))
    made.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    # The port accepts connections already; they are answered once the server runs.
    server = uvicorn.Server(uvicorn.Config(made.app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
