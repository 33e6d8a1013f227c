"""The real API on the test's event loop, with a scripted model or one that tests can block."""

from __future__ import annotations

import asyncio
import io
import ssl
import threading
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np

from realtime.app.detectors import make_detector
from realtime.backends.base import Backend
from realtime.backends.scripted import ScriptedBackend
from realtime.engine.engine import Engine
from realtime.files.transcriber import FileTranscriber
from realtime.metrics import Metrics
from realtime.postprocess.base import PostProcessor, Processed, Steps
from realtime.server.admission import Admission, AdmissionOptions
from realtime.server.allowed_folder import AllowedFolder
from realtime.server.http.api import make_api
from realtime.server.http.batches import Batches, BatchLimits
from realtime.server.http.exchange import BodyLimits
from realtime.server.http.gate import Gate, GateOptions
from realtime.server.http.guard import GuardOptions
from realtime.server.http.listener import HttpListener, ListenerOptions
from realtime.server.http.services import Services
from realtime.server.probes import Probes
from realtime.server.uploads import UploadFolder
from realtime.transcribe.fields import FileDefaults
from realtime.transcribe.service import Transcription
from realtime.transcribe.slots import FileSlots
from realtime.types import SAMPLE_RATE, DecodeOptions, Samples, Transcript, Window
from tests.server.support import PATIENCE_S, script, tones

TALK = script("alpha bravo charlie")


def wav(samples: Samples, channels: int = 1) -> bytes:
    """A 16-bit WAV at 16 kHz with the same audio in every channel."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
        file.writeframes(np.repeat(pcm, channels).tobytes())
    return buffer.getvalue()


SPEECH = wav(tones(TALK, 3.0))


class Hold:
    """A hook that blocks the model until the test releases it."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, windows: Sequence[Window]) -> None:
        self.begun.set()
        assert self.go.wait(PATIENCE_S)


class NoSteps:
    """Does nothing after the transcript."""

    async def process(self, transcript: Transcript, steps: Steps) -> Processed:
        return Processed(transcript)


class OneBackend:
    """The service behind `/backend/…` for a model that cannot be changed."""

    def describe(self) -> dict[str, object]:
        return {"current_backend": "scripted", "loaded": True}

    def reload(self, name: str | None = None) -> dict[str, object]:
        return self.describe()


@dataclass
class RunningApi:
    """An API on this event loop."""

    listener: HttpListener
    gate: Gate
    services: Services
    admission: Admission
    engine: Engine
    allowed: Path
    answered: list[int]
    """The status codes of all answers."""

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, timeout=PATIENCE_S, trust_env=False)


@asynccontextmanager
async def running_api(
    tmp_path: Path,
    backend: Backend | None = None,
    *,
    admission: AdmissionOptions | None = None,
    places: FileSlots | None = None,
    limit_bytes: int = 1 << 20,
    cors: tuple[str, ...] = (),
    available_mb: Callable[[], int | None] = lambda: None,
    steps: PostProcessor | None = None,
    tls: ssl.SSLContext | None = None,
    batches: BatchLimits | None = None,
    body: BodyLimits | None = None,
    guard: GuardOptions | None = None,
) -> AsyncIterator[RunningApi]:
    """An API with the given model, or with a scripted one that says TALK."""
    model, metrics = backend or ScriptedBackend(TALK), Metrics()
    engine = Engine(lambda: model, None, metrics)
    door = Admission(
        admission or AdmissionOptions(), ready=lambda: engine.ready, overloaded=lambda: False
    )
    probes = Probes(
        engine,
        metrics,
        draining=lambda: door.draining,
        proof=lambda: Window(np.zeros(SAMPLE_RATE, np.float32), 0, False, DecodeOptions()),
        warning=lambda: "",
    )
    files = FileTranscriber(engine, lambda: make_detector("energy"))
    transcription = Transcription(
        files, engine, steps or NoSteps(), places or FileSlots(4, 4), available_mb
    )
    allowed = tmp_path / "audio"
    allowed.mkdir(exist_ok=True)
    services = Services(
        transcription,
        Batches(transcription, batches),
        OneBackend(),
        engine,
        AllowedFolder(allowed),
        UploadFolder(tmp_path / "data", limit_bytes),
        probes.routes(),
        lambda: FileDefaults(language="en"),
    )
    answered: list[int] = []
    options = GateOptions(body or BodyLimits(limit_bytes + (1 << 16)), cors)
    gate = Gate(make_api(services), door, options, answered.append)
    listener = HttpListener(
        gate, ListenerOptions("127.0.0.1", 0, tls=tls, guard=guard or GuardOptions())
    )
    await listener.start()
    engine.start()
    try:
        yield RunningApi(listener, gate, services, door, engine, allowed, answered)
    finally:
        await services.batches.drain(0)
        await listener.stop()
        files.close()
        engine.stop()


async def raw(api: RunningApi, request: bytes) -> bytes:
    """Send a raw request; → everything until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(request)
    if b"Expect" in request or b"Connection: close" in request or b"HTTP/1.0" in request:
        answer = await asyncio.wait_for(_answer(reader), PATIENCE_S)
    else:
        answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
    writer.close()
    return answer


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """Read one answer, by its Content-Length."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await reader.readexactly(int(line.partition(b":")[2]))
    return head
