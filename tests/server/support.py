"""The real WebSocket server with a scripted model, and a small client."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.app.detectors import make_detector
from realtime.app.speakers import make_voices
from realtime.backends.base import Backend
from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.live.options import StreamOptions
from realtime.live.speakers import SpeakerService
from realtime.live.stream import StreamFactory
from realtime.metrics import Metrics
from realtime.postprocess.privacy.live import LiveMask
from realtime.server.admission import Admission, AdmissionOptions
from realtime.server.probes import Probes
from realtime.server.websocket.server import ServerOptions, WebSocketServer
from realtime.settings import Settings
from realtime.types import SAMPLE_RATE, DecodeOptions, Samples, Window
from realtime.wire.base import Dialect
from realtime.wire.config import StreamConfig
from realtime.wire.dialects import DIALECTS
from tests.engine.support import Clock
from tests.waiting import eventually

PATIENCE_S = 30.0
"""How long a test waits for an event that happens at once unless the code is broken."""

Message = dict[str, Any]


def tones(script: Script, seconds: float = 0.0) -> Samples:
    """A tone during the script's words, digital silence elsewhere; at least `seconds` long."""
    length = max([seconds, *(word.end_s for word in script.words)])
    audio = np.zeros(round(length * SAMPLE_RATE), np.float32)
    for word in script.words:
        start, end = round(word.start_s * SAMPLE_RATE), round(word.end_s * SAMPLE_RATE)
        audio[start:end] = 0.3 * np.sin(np.arange(end - start) * 0.2)
    return audio


def script(text: str, *starts_s: float, word_s: float = 0.3, gap_s: float = 0.1) -> Script:
    """Sentences, separated by `/`, that begin at these times."""
    words = [
        word
        for sentence, start_s in zip(text.split("/"), starts_s or (1.0,), strict=True)
        for word in Script.evenly(sentence, start_s, word_s, gap_s).words
    ]
    return Script(tuple(words))


def gated(talk: Script) -> tuple[ScriptedBackend, threading.Event, threading.Event]:
    """→ (a model that waits for the gate, the gate, an event set when the model first waits)."""
    gate, entered = threading.Event(), threading.Event()

    def wait(_: Sequence[Window]) -> None:
        entered.set()
        gate.wait(PATIENCE_S)

    return ScriptedBackend(talk, before_decode=wait), gate, entered


class Patience(Clock):
    """The clock of the server's ping timeout, which stands still until a test makes it jump."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.asked = 0

    def __call__(self) -> float:
        self.asked += 1
        return self.now

    def runs_out(self) -> None:
        self.now += 1e9

    async def asked_again(self) -> None:
        """Wait until the server has read the clock a few times."""
        asked = self.asked
        await eventually(lambda: self.asked > asked + 4)


@dataclass
class Running:
    """A server on this event loop."""

    server: WebSocketServer
    engine: Engine
    admission: Admission
    metrics: Metrics

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}"

    def metric(self, name: str, **labels: str) -> float:
        """The value of a counter or gauge."""
        return self.metrics.registry.get_sample_value(f"realtime_{name}", labels) or 0.0


@asynccontextmanager
async def running(
    backend: Backend | Script | Mapping[str, Script],
    options: ServerOptions | None = None,
    *,
    admission: AdmissionOptions | None = None,
    defaults: StreamConfig | None = None,
    engine: EngineOptions | None = None,
    overloaded: Callable[[], bool] = lambda: False,
    dialects: Sequence[Dialect] = DIALECTS,
) -> AsyncIterator[Running]:
    """A server with this model, or with a scripted model for this script."""
    if isinstance(backend, Script | Mapping):
        backend = ScriptedBackend(backend)
    model, metrics = backend, Metrics()
    shared = Engine(lambda: model, engine, metrics)
    speakers = SpeakerService(make_voices(Settings(speaker_model="bundled")))
    door = Admission(
        admission or AdmissionOptions(), ready=lambda: shared.ready, overloaded=overloaded
    )
    probes = Probes(
        shared,
        metrics,
        draining=lambda: door.draining,
        proof=lambda: Window(np.zeros(SAMPLE_RATE, np.float32), 0, False, DecodeOptions()),
        warning=lambda: "",
    )
    server = WebSocketServer(
        StreamFactory(
            shared, metrics, make_detector, lambda: StreamOptions(shared.traits), speakers, LiveMask
        ),
        lambda: defaults or StreamConfig(vad="energy"),
        door,
        probes.routes(),
        options or ServerOptions(port=0),
        dialects,
    )
    loop = asyncio.get_running_loop()
    await server.start()
    await loop.run_in_executor(None, shared.start)
    try:
        yield Running(server, shared, door, metrics)
    finally:
        await server.stop()
        speakers.close()
        await loop.run_in_executor(None, shared.stop)


@dataclass
class Client:
    """A client that checks every message for properties common to all."""

    socket: ClientConnection
    heard: list[Message] = field(default_factory=list)
    minds_speed: bool = False
    """Whether warnings about partials left out on a busy machine are reported to the test."""

    async def receive(self) -> Message:
        """The next message. Raises ConnectionClosed."""
        async with asyncio.timeout(PATIENCE_S):
            raw = await self.socket.recv()
        assert isinstance(raw, str), "audio frames are for clients"
        assert raw.endswith("\n")
        assert raw.count("\n") == 1
        message = json.loads(raw)
        assert isinstance(message, dict)
        assert isinstance(message["text"], str)
        if message.get("code") == "dropped_partials" and not self.minds_speed:
            return await self.receive()
        self.heard.append(message)
        return message

    async def until(self, kind: str, **keys: object) -> Message:
        """The next message of that type with these values."""
        while True:
            message = await self.receive()
            if message["type"] == kind and keys.items() <= message.items():
                return message

    async def rest(self) -> list[Message]:
        """All messages up to the close."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed:
            return self.heard

    async def say(self, kind: str, **keys: object) -> None:
        await self.socket.send(json.dumps({"type": kind, **keys}))

    async def play(self, audio: Samples | bytes, packet: int = 6_400) -> None:
        """Send audio as fast as the server accepts it, in packets of `packet` bytes."""
        data = audio if isinstance(audio, bytes) else audio.tobytes()
        for at in range(0, len(data), packet):
            await self.socket.send(data[at : at + packet])

    async def end(self) -> list[Message]:
        """Send `end`; → all messages up to the close."""
        await self.say("end")
        return await self.rest()

    async def closed(self) -> int | None:
        """Read to the close; → its code."""
        await self.rest()
        return self.socket.close_code

    def reset(self) -> None:
        """Break the connection like a network failure, without a Close frame."""
        self.socket.transport.abort()

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.heard if message["type"] == kind]

    @property
    def finals(self) -> list[Message]:
        return self.of("final")

    @property
    def text(self) -> str:
        """The transcript."""
        return " ".join(final["text"] for final in self.finals if final["text"])

    @property
    def session(self) -> str:
        return str(self.of("ready")[0]["session"])


@asynccontextmanager
async def client(url: str, **arguments: Any) -> AsyncIterator[Client]:
    """A connected client, closed at the end."""
    arguments.setdefault("compression", None)
    async with connect(url, **arguments) as socket:
        yield Client(socket)


def check_promises(messages: Sequence[Message]) -> None:
    """Check the messages of a session in every channel: one final for each id, in order, that
    begins with all stable text; times and `seq` never decrease."""
    for channel in {message.get("channel") for message in messages}:
        stable: dict[int, str] = {}
        finals: dict[int, str] = {}
        clock = 0.0
        for message in messages:
            if message.get("channel") != channel:
                continue
            if message["type"] == "partial":
                assert message["id"] not in finals
                assert message["text"].startswith(message["stable"])
                assert message["stable"].startswith(stable.get(message["id"], ""))
                assert message["start"] <= message["end"]
                stable[message["id"]] = message["stable"]
            elif message["type"] == "final":
                assert message["id"] == len(finals), "one final an id, in order"
                assert message["text"].startswith(stable.get(message["id"], ""))
                assert clock <= message["start"] <= message["end"]
                clock = message["end"]
                finals[message["id"]] = message["text"]
        assert stable.keys() <= finals.keys()
    seqs = [message["seq"] for message in messages if "seq" in message]
    assert seqs == list(range(1, len(seqs) + 1))
