"""The WebSocket server: accepts, attaches connections to streams, keeps streams for a resume,
drains."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve

from realtime.engine.engine import Engine
from realtime.errors import RealtimeError, SetupError, UnknownSession
from realtime.metrics import Metrics
from realtime.server.admission import Admission
from realtime.server.connection import Connection, ConnectionOptions
from realtime.server.handshake import ENTRY, Entry, Handshake, Probe, choose_subprotocol
from realtime.server.stream import Stream, StreamOptions
from realtime.vad.base import SpeechDetector
from realtime.wire import native
from realtime.wire.config import StreamConfig, StreamDefaults

log = structlog.get_logger(__name__)

SEND_BUFFER_BYTES = 64 << 10
"""In the kernel, a connection: what a client does not read must pile up where it is seen."""
QUEUE_MESSAGES = 16
"""Messages that the library reads ahead before it stops reading the socket."""
INTAKE_THREADS = 2
LAST_FINALS_S = 60.0
"""How long a drain waits for the model to finish what was said; for machines that are far
behind."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    host: str = "127.0.0.1"
    port: int = 8765
    tls: ssl.SSLContext | None = None
    ping_interval_s: float = 20.0
    ping_timeout_s: float = 20.0
    resume_s: float = 60.0
    drain_s: float = 30.0
    connection: ConnectionOptions = field(default_factory=ConnectionOptions)


@dataclass(frozen=True, slots=True)
class StreamFactory:
    """What every new stream is made with. Both callables are asked for each stream: what they say
    depends on the model, which may still be loading when the first client comes."""

    engine: Engine
    metrics: Metrics
    make_detector: Callable[[str], SpeechDetector]
    defaults: Callable[[], StreamDefaults]
    options: Callable[[], StreamOptions]

    def new(self, config: StreamConfig) -> Stream:
        return Stream(config, self.engine, self.make_detector, self.metrics, self.options())


@dataclass(slots=True)
class _Kept:
    """A stream, with its connection or waiting for one."""

    stream: Stream
    connection: Connection | None = None
    expiry: asyncio.TimerHandle | None = None


class WebSocketServer:
    """`start`, then `drain` or `stop`. One per process; shares the engine with whatever else
    serves."""

    def __init__(
        self,
        streams: StreamFactory,
        admission: Admission,
        probes: Mapping[str, Probe],
        options: ServerOptions,
    ) -> None:
        """`probes`: paths that are answered as plain HTTP."""
        self._streams = streams
        self._engine = streams.engine
        self._metrics = streams.metrics
        self._admission = admission
        self._options = options
        self._handshake = Handshake(
            admission, streams.defaults, self.models, probes, self._count_rejected
        )
        self._kept: dict[str, _Kept] = {}
        self._executor = ThreadPoolExecutor(INTAKE_THREADS, "intake")
        self._server: Server | None = None

    def models(self) -> tuple[str, ...]:
        """Names that a stream's `model` may have."""
        info = self._engine.info
        return tuple(dict.fromkeys((info.model, info.model.split(" ")[0])))

    async def start(self) -> None:
        """Bind and serve. Raises SetupError where the address is taken or not ours."""
        options = self._options
        self._server = await serve(
            self._handle,
            sock=_listen(options.host, options.port),
            ssl=options.tls,
            process_request=self._handshake.process,
            select_subprotocol=choose_subprotocol,
            compression=None,
            max_size=options.connection.max_message_bytes,
            max_queue=QUEUE_MESSAGES,
            open_timeout=10,
            close_timeout=5,
            ping_interval=options.ping_interval_s or None,
            ping_timeout=options.ping_timeout_s or None,
            server_header=None,
        )

    @property
    def port(self) -> int:
        """The port bound, also where 0 was asked for."""
        assert self._server is not None
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def drain(self) -> None:
        """Refuse new streams, let the running ones go on for the grace time, then finalise them."""
        self._admission.draining = True
        await self._empty(self._options.drain_s)
        for connection in self._connections():
            connection.finish("drain", 1012)
        await self._empty(LAST_FINALS_S)

    async def _empty(self, patience_s: float) -> None:
        """Until no connection is left, or patience runs out."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while connections := self._connections():
                    await connections[0].done.wait()
                    await asyncio.sleep(0)  # its handler takes it off the list

    async def stop(self) -> None:
        """Close what is left and give everything back."""
        if self._server is not None:
            self._server.close(code=1012, reason="going down")
            await self._server.wait_closed()
        for kept in list(self._kept.values()):
            self._forget(kept.stream)
        self._executor.shutdown(wait=False, cancel_futures=True)

    # One connection

    async def _handle(self, socket: ServerConnection) -> None:
        entry: Entry = vars(socket)[ENTRY]
        address = entry.asked.address
        try:
            if entry.refusal is not None:
                raise entry.refusal
            self._admission.enter(address)
        except RealtimeError as error:
            await socket.send(native.error(error, fatal=True))
            await socket.close(error.close_code, error.message[:120])
            return
        self._metrics.sessions_active.inc()
        try:
            await self._serve(socket, entry)
        except RealtimeError as error:
            await socket.send(native.error(error, fatal=True))
            await socket.close(error.close_code, error.message[:120])
        except Exception:  # Edge: one broken connection must not end the server.
            log.exception("connection.failed")
            await socket.close(1011, "internal error")
        finally:
            self._admission.leave(address)
            self._metrics.sessions_active.dec()

    async def _serve(self, socket: ServerConnection, entry: Entry) -> None:
        assert entry.config is not None
        kept, resumed = await self._attach(entry.config)
        stream = kept.stream
        connection = Connection(
            socket, entry, stream, self._handshake, self._executor, self._options.connection
        )
        kept.connection = connection
        try:
            await connection.run(partial(self._ready, stream, resumed))
        finally:
            if kept.connection is connection:
                kept.connection = None
                self._detach(kept, connection.clean)

    def _ready(self, stream: Stream, resumed: bool) -> str:
        return native.ready(
            stream.id,
            stream.config,
            self._engine.info.model,
            native.Limits(
                self._options.connection.max_message_bytes,
                int(self._options.connection.max_session_s),
            ),
            native.Resumed(stream.frames_received, stream.outbox.finals, stream.bytes_received)
            if resumed
            else None,
        )

    async def _attach(self, config: StreamConfig) -> tuple[_Kept, bool]:
        """A new stream, or the one to resume. Raises UnknownSession."""
        if config.session is None:
            stream = self._streams.new(config)
            kept = self._kept[stream.id] = _Kept(stream)
            self._metrics.sessions_opened.inc()
            return kept, False
        found = self._kept.get(config.session)
        if found is None:
            raise UnknownSession(
                "This session is not known here, or its time to resume is over: start a new one."
            )
        if found.connection is not None:
            # The old connection may be dead without knowing it: the newcomer has the id, so it
            # wins.
            await found.connection.displace()
        if found.expiry is not None:
            found.expiry.cancel()
            found.expiry = None
        found.stream.drop_partial_frame()
        found.stream.outbox.reconnect()
        self._metrics.sessions_resumed.inc()
        return found, True

    def _detach(self, kept: _Kept, done: bool) -> None:
        """The connection is gone: keep the stream for a resume, unless it said its end."""
        if done or self._options.resume_s <= 0:
            self._forget(kept.stream)
            return
        loop, stream = asyncio.get_running_loop(), kept.stream
        flush_s = stream.config.idle_flush_ms / 1000 or self._options.resume_s
        kept.expiry = loop.call_later(self._options.resume_s, self._forget, stream)
        loop.call_later(min(flush_s, self._options.resume_s), self._flush_detached, kept)

    def _flush_detached(self, kept: _Kept) -> None:
        if kept.connection is None and kept.stream.id in self._kept and kept.stream.speaking:
            self._executor.submit(kept.stream.flush, answer=False)

    def _forget(self, stream: Stream) -> None:
        if self._kept.pop(stream.id, None) is not None:
            stream.close()

    def _connections(self) -> list[Connection]:
        return [kept.connection for kept in self._kept.values() if kept.connection is not None]

    def _count_rejected(self, error: RealtimeError) -> None:
        self._metrics.sessions_rejected.labels(error.code).inc()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections have a small send buffer (they inherit it)."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise SetupError(
            f"The host {host!r} is not known here: set --host to an address of this machine."
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise SetupError(
            f"Cannot listen on {host} port {port} ({error.strerror}): stop what uses it, "
            "or choose another with --port or STT_PORT."
        ) from error
    return listener
