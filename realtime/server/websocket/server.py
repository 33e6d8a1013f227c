"""The WebSocket server: accepts connections, attaches them to streams, drains, stops."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import structlog
from structlog.contextvars import bind_contextvars
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from realtime.errors import LimitReached, RealtimeError
from realtime.keys.holder import NOBODY
from realtime.live.configure import Configurator
from realtime.live.stream import Stream, StreamFactory, call_on
from realtime.server.admission import Admission
from realtime.server.listening_sockets import bind
from realtime.server.websocket.connection import Connection
from realtime.server.websocket.context import ConnectionContext, ConnectionOptions
from realtime.server.websocket.disconnect import DisconnectWatch
from realtime.server.websocket.handshake import Handshake, HandshakeResult, Probe
from realtime.server.websocket.inbox import Inbox
from realtime.server.websocket.message_budget import USUAL_RATES, BudgetRates
from realtime.server.websocket.sender import MOST_REASON
from realtime.server.websocket.session_store import SessionStore, StoredSession
from realtime.server.websocket.socket import Round, StreamSocket
from realtime.wire.base import Dialect
from realtime.wire.config import StreamConfig
from realtime.wire.dialects import DIALECTS
from realtime.wire.messages import Resumed
from realtime.wire.texts import Language

log = structlog.get_logger(__name__)

SEND_BUFFER_BYTES = 64 << 10
"""The kernel's send buffer of a connection, small so that unread messages pile up in the outbox,
where they are counted."""
RECEIVE_BUFFER_BYTES = 128 << 10
"""The kernel's receive buffer of a connection. Where the socket is read slowly, a ping waits behind
its contents: 2 s of float32."""
LONGEST_ROUND_S = 0.04
"""Packets that arrive within it are taken in together; a final is that much later at most. Measured
with 20 streams: 0.02 s cost 3.1 ms of CPU time for each second of speech, 0.04 s cost 2.6 ms."""
ROUND_S = 0.002
"""Length of a round for each stream, up to `LONGEST_ROUND_S`: one alone has none to wait for."""
INTAKE_THREADS = 2
LAST_FINALS_S = 60.0
"""How long a drain waits for the model to finish the last finals, on machines that are far
behind."""
GIVE_BACK_S = 5.0
"""Time from dropping a stream with a large backlog to handing back memory; not more often, since it
walks through the heap."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where and how to listen."""

    host: str = "127.0.0.1"
    port: int = 8765
    tls: ssl.SSLContext | None = None
    open_timeout_s: float = 10.0
    """From the first byte of a request to its last."""
    resume_s: float = 60.0
    most_waiting: int = 1024
    """Streams without a connection that are stored; beyond it the oldest are dropped."""
    drain_s: float = 30.0
    text_language: Language = "en"
    """Language of sentences for clients that name none."""
    connection: ConnectionOptions = field(default_factory=ConnectionOptions)
    give_back: Callable[[], None] = lambda: None
    """Hands free memory back to the system; may take a while."""
    give_back_s: float = GIVE_BACK_S
    budget_rates: BudgetRates = USUAL_RATES


class WebSocketServer:
    """`start`, then `drain` or `stop`. One per process; shares the engine with the other
    servers."""

    def __init__(
        self,
        streams: StreamFactory,
        defaults: Callable[[], StreamConfig],
        admission: Admission,
        probes: Mapping[str, Probe],
        options: ServerOptions,
        dialects: Sequence[Dialect] = DIALECTS,
    ) -> None:
        """`defaults`: options of a stream whose client sets none; called for each, since the model
        decides them. `probes`: paths that are answered as plain HTTP. `dialects`: those that
        clients may use."""
        self._metrics = streams.metrics
        self._admission = admission
        self._options = options
        self._executor = ThreadPoolExecutor(INTAKE_THREADS, "intake")
        self._sessions = SessionStore(
            *(streams, admission.quotas, self._executor, options.resume_s, options.most_waiting),
            freed=self._freed,
        )
        self._giving_back: asyncio.TimerHandle | None = None
        configurator = Configurator(defaults, streams.engine, streams.speakers.voices)
        self._handshake = Handshake(
            *(admission, configurator, self._sessions, probes, streams.metrics, dialects),
            options.text_language,
        )
        self._context = ConnectionContext(
            streams.engine, configurator, self._executor, options.connection
        )
        self._round = Round(lambda: min(LONGEST_ROUND_S, ROUND_S * len(self._sessions)))
        self._watch: DisconnectWatch | None = None
        self._finishing = False
        self._server: Server | None = None

    async def start(self) -> None:
        """Bind and serve. Raises SetupError where the address is taken or not this machine's."""
        options = self._options
        self._watch = DisconnectWatch()
        loop = asyncio.get_running_loop()
        self._admission.quotas.on_used_up(
            lambda owner, error: call_on(loop, partial(self._refuse_all, owner, error))
        )

        class Socket(StreamSocket):
            idle_connections = self._admission.idle_connections
            budget_rates = options.budget_rates
            refuser = self._handshake

        self._server = await serve(
            self._handle,
            create_connection=Socket,
            sock=_listen(options.host, options.port),
            ssl=options.tls,
            process_request=self._handshake.process,
            select_subprotocol=self._handshake.subprotocol,
            compression=None,
            max_size=options.connection.max_message_bytes,
            open_timeout=options.open_timeout_s,
            close_timeout=5,
            ping_interval=None,  # see `server.websocket.liveness`
            server_header=None,
            ssl_handshake_timeout=options.open_timeout_s if options.tls is not None else None,
        )

    @property
    def port(self) -> int:
        """The bound port, also where 0 was requested."""
        assert self._server is not None
        return int(next(iter(self._server.sockets)).getsockname()[1])

    @property
    def streams_kept(self) -> int:
        """Streams with a connection, and those that wait to be resumed."""
        return len(self._sessions)

    async def drain(self) -> None:
        """Refuse new streams, let the running ones go on for the grace time, then finalise them."""
        self._admission.draining = True
        await self._empty(self._options.drain_s)
        self._finishing = True
        for connection in self._sessions.connections:
            connection.finish("drain")
        await self._empty(LAST_FINALS_S)

    async def _empty(self, patience_s: float) -> None:
        """Wait until no connection is left, but no longer than `patience_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._sessions.deserted()

    async def stop(self) -> None:
        """Close what is left and release everything."""
        if self._server is not None:
            self._server.close(code=1012, reason="going down")
            await self._server.wait_closed()
        if self._watch is not None:
            self._watch.close()
        self._sessions.forget_all()
        if self._giving_back is not None:
            self._giving_back.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _freed(self) -> None:
        """Hand memory back soon: a stream with a large backlog is gone; others may follow."""
        if self._giving_back is None:
            loop = asyncio.get_running_loop()
            self._giving_back = loop.call_later(self._options.give_back_s, self._give_back)

    def _give_back(self) -> None:
        self._giving_back = None
        self._executor.submit(self._options.give_back)

    # One connection

    async def _handle(self, socket: ServerConnection) -> None:
        entry = self._handshake.entry(socket)
        address, admitted = entry.info.address, False
        if entry.owner != NOBODY:  # in all log lines of this connection
            bind_contextvars(client=self._admission.quotas.name(entry.owner))
        try:
            if entry.refusal is not None:
                raise entry.refusal
            self._admission.enter(address, entry.owner, resuming=entry.resuming)
            admitted = True
            self._metrics.sessions_active.inc()
            assert isinstance(socket, StreamSocket)
            socket.round, socket.watch = self._round, self._watch
            await self._serve(socket, entry)
        except RealtimeError as error:
            if error is not entry.refusal:  # that one is counted already
                self._handshake.count_refusal(error, entry.owner)
            await _dismiss(socket, error, entry)
        except Exception:  # Edge: one broken connection must not end the server.
            log.exception("connection.failed")
            mistake = RealtimeError("The server ran into an error: connect again.")
            await _dismiss(socket, mistake, entry)
        finally:
            if admitted:
                self._admission.leave(address, entry.owner)
                self._metrics.sessions_active.dec()

    async def _serve(self, socket: StreamSocket, entry: HandshakeResult) -> None:
        """Serve a stream, and then another one if a `start` names it to be resumed."""
        inbox, config = Inbox(socket.read_on, self._context.options.ping_clock), entry.config
        browser = entry.info.origin is not None
        while config is not None:
            stored, resumed = await self._take_up(config, entry)
            connection = Connection(
                *(socket, stored.stream, stored.life, self._context, inbox),
                browser=browser,
                resumed=resumed,
            )
            stored.attach(connection)
            if self._finishing:
                connection.finish("drain")
            _log_opened(stored, resumed)
            try:
                config = await connection.run()
            finally:
                self._sessions.release(stored)
                _log_closed(stored, socket)

    async def _take_up(
        self, config: StreamConfig, entry: HandshakeResult
    ) -> tuple[StoredSession, Resumed | None]:
        """A new stream, or the one to resume. Raises UnknownSession."""
        if config.session is None:
            return self._sessions.open(config, entry.owner, entry.dialect, entry.language), None
        stored = await self._sessions.resume(config.session, entry.owner)
        return stored, stored.stream.resume()

    def _refuse_all(self, owner: str, error: LimitReached) -> None:
        """End the owner's open streams: the hours are used up."""
        for connection in self._sessions.connections_of(owner):
            connection.finish_with(error)


async def _dismiss(socket: ServerConnection, error: RealtimeError, entry: HandshakeResult) -> None:
    """Send the error and close; the client may be gone already."""
    with contextlib.suppress(ConnectionClosed):
        for message in entry.dialect.codec(entry.language).error(error, fatal=True):
            await socket.send(message)
    await socket.close(entry.dialect.failure_code(error), error.message[:MOST_REASON])


def _log_opened(stored: StoredSession, resumed: Resumed | None) -> None:
    log.info("stream.resumed" if resumed else "stream.opened", stream=_short_id(stored.stream))


def _log_closed(stored: StoredSession, socket: ServerConnection) -> None:
    stream = stored.stream
    log.info(
        "stream.closed",
        stream=_short_id(stream),
        code=int(socket.close_code or 0),
        audio_s=round(stream.audio_s, 1),
        finals=stream.outbox.finals,
    )


def _short_id(stream: Stream) -> str:
    """Enough of the id to follow a stream in the log, too little to resume it."""
    return stream.id[:6]


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket whose connections have small buffers (they inherit them)."""
    listener = bind(host, port)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    return listener
