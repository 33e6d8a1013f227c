"""A small real server that speaks the protocol and breaks connections on purpose.

It does not recognise speech: the audio is s16le samples, and a final covers `SPAN` samples and
names them. So the client's output shows exactly which samples arrived, how often and in which
order.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

RATE = 16_000
FRAME = 2  # bytes: s16le mono
SPAN = 160  # samples of one final: 10 ms, so that times to the millisecond are exact


def counted(samples: int) -> bytes:
    """Audio whose samples are 0, 1, 2 … (modulo 2 ** 15)."""
    return struct.pack(f"<{samples}h", *(n % 32768 for n in range(samples)))


@dataclass
class Break:
    """How one connection ends: when, and what the server still knows afterwards."""

    after_bytes: int = 10**9
    """Break after this many bytes of audio came over this connection."""
    after_messages: int = 10**9
    """Break instead of sending one more message than this."""
    forget: bool = False
    """Also lose the session."""
    close: int | None = None
    """Close with this code; None: no close frame, the socket just ends."""


@dataclass
class Session:
    """What the server knows of one session."""

    id: str
    query: dict[str, str]
    audio: bytearray = field(default_factory=bytearray)
    finalised: int = 0
    seq: int = 0
    ids: int = 0
    kept: list[tuple[int, str]] = field(default_factory=list)
    starts: list[dict[str, Any]] = field(default_factory=list)
    over: bool = False


class CountingServer:
    """Breaks its first connections as `breaks` lists, one entry per connection."""

    def __init__(self, breaks: Iterable[Break] = ()) -> None:
        self.breaks = list(breaks)
        self.sessions: dict[str, Session] = {}
        self.all_sessions: list[Session] = []
        self.connections = 0
        self.bytes_in = 0
        self.paths: list[str] = []
        self.headers: list[Headers] = []
        self.refuse: list[tuple[int, dict[str, str], str]] = []
        """Handshakes refused first: status, headers, body."""
        self.reason = "client"
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CountingServer]:
        # No limit of unread messages: a paused server would not see the close frame behind them.
        async with serve(
            self._serve,
            "127.0.0.1",
            0,
            compression=None,
            process_request=self._admit,
            max_queue=None,
        ) as server:
            self.url = f"ws://127.0.0.1:{_port(server)}"
            yield self

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        self.headers.append(request.headers)
        if self.refuse:
            status, headers, body = self.refuse.pop(0)
            response = connection.respond(HTTPStatus(status), body)
            for name, value in headers.items():
                response.headers[name] = value
            return response
        wanted = _query(request.path).get("session")
        if wanted is not None and wanted not in self.sessions:
            body = json.dumps({"detail": {"code": "session_not_found", "message": "Not here."}})
            return connection.respond(HTTPStatus.NOT_FOUND, body)
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.connections += 1
        plan = self.breaks.pop(0) if self.breaks else Break()
        talk = Talk(self, connection, plan, _query(connection.request.path))
        try:
            await talk.run()
        except (ConnectionClosed, _Broken):
            pass
        finally:
            session = talk.session
            del session.audio[len(session.audio) // FRAME * FRAME :]
            if plan.forget:
                self.sessions.pop(session.id, None)
        if plan.close is not None:
            await connection.close(plan.close, "as planned")
        else:
            connection.transport.abort()


class _Broken(Exception):
    """Raised to break the connection now."""


class Talk:
    """One connection of the server."""

    def __init__(
        self,
        server: CountingServer,
        connection: ServerConnection,
        plan: Break,
        query: dict[str, str],
    ) -> None:
        self._server = server
        self._connection = connection
        self._plan = plan
        self._bytes = 0
        self._messages = 0
        known = server.sessions.get(query.get("session", ""))
        self._resumed = known is not None
        if known is None:
            known = Session(f"s{len(server.all_sessions)}", query)
            server.sessions[known.id] = known
            server.all_sessions.append(known)
        self.session = known

    async def run(self) -> None:
        await self._greet()
        async for message in self._connection:
            if isinstance(message, bytes):
                await self._take_audio(message)
            elif not await self._take_control(json.loads(message)):
                await self._connection.close(1000)
                return

    async def _greet(self) -> None:
        session = self.session
        ready: dict[str, Any] = {"session": session.id, "model": "counting", "language": "en"}
        ready["ignored"] = []
        if self._resumed:
            ready["resumed"] = True
            ready["samples_received"] = len(session.audio) // FRAME
            ready["finals_sent"] = session.ids
        await self._send("ready", **ready)
        if self._resumed:
            for _, text in session.kept:
                await self._send_text(text)
            if session.over:
                await self._say_end()

    async def _take_audio(self, audio: bytes) -> None:
        room = self._plan.after_bytes - self._bytes
        self._bytes += len(audio)
        self._server.bytes_in += len(audio[:room])
        self.session.audio += audio[: max(0, room)]
        while len(self.session.audio) // FRAME - self.session.finalised >= SPAN:
            await self._finalise(self.session.finalised + SPAN)
        if room <= len(audio):
            raise _Broken

    async def _take_control(self, message: dict[str, Any]) -> bool:
        match message["type"]:
            case "ping":
                await self._send("pong", id=message["id"])
            case "ack":
                kept = self.session.kept
                self.session.kept = [final for final in kept if final[0] > message["seq"]]
            case "flush":
                await self._finalise(len(self.session.audio) // FRAME, flush=True)
            case "clear":
                self.session.finalised = len(self.session.audio) // FRAME
            case "start":
                self.session.starts.append(message)
            case "end":
                if len(self.session.audio) // FRAME > self.session.finalised:
                    await self._finalise(len(self.session.audio) // FRAME)
                self.session.over = True
                await self._say_end()
                return False
        return True

    async def _say_end(self) -> None:
        audio_s = len(self.session.audio) / FRAME / RATE
        await self._send(
            "end", reason=self._server.reason, audio_s=audio_s, finals=self.session.ids
        )

    async def _finalise(self, end: int, flush: bool = False) -> None:
        session = self.session
        begin = session.finalised
        heard = struct.unpack(f"<{end - begin}h", session.audio[begin * FRAME : end * FRAME])
        session.finalised = end
        session.seq += 1
        final = {
            "type": "final",
            "text": " ".join(map(str, heard)),
            "id": session.ids,
            "seq": session.seq,
            "start": begin / RATE,
            "end": end / RATE,
            "language": "en",
            "confidence": 1.0,
            "endpoint": False,
            "flush": flush,
            "lag_ms": 0,
        }
        session.ids += 1
        text = json.dumps(final) + "\n"
        session.kept.append((session.seq, text))
        await self._send_text(text)

    async def _send(self, kind: str, **values: Any) -> None:
        await self._send_text(json.dumps({"type": kind, "text": "", **values}) + "\n")

    async def _send_text(self, text: str) -> None:
        if self._messages >= self._plan.after_messages:
            raise _Broken
        self._messages += 1
        await self._connection.send(text)


def _query(path: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(path).query).items()}


def _port(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


def run(coroutine: Any) -> Any:
    """`asyncio.run`, with a bound: a test that hangs must fail."""

    async def bounded() -> Any:
        async with asyncio.timeout(20):
            return await coroutine

    return asyncio.run(bounded())
