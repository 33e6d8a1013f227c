"""An HTTP listener: uvicorn on the event loop that the rest of the process runs on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass, field

import uvicorn

from realtime.server.http.gate import Gate
from realtime.server.http.guard import GuardedProtocol, GuardOptions
from realtime.server.listening_sockets import bind

KEEP_ALIVE_S = 75
"""How long an idle connection stays open: longer than clients keep theirs (openai and httpx: 5 s,
browsers: about a minute), so that the client closes first, and never the server during a
request."""
HEAD_BYTES = 64 << 10
"""Longest head of a request, in bytes."""
STOP_S = 5
"""How long `stop` waits for responses that are still being sent."""


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """Where to listen, and the name of the port's setting, for errors."""

    host: str
    port: int
    setting: str = "api-port"
    tls: ssl.SSLContext | None = None
    guard: GuardOptions = field(default_factory=GuardOptions)


class HttpListener:
    """Call `start`, then `drain` or `stop`. Leaves the process's signals and logging alone."""

    def __init__(self, gate: Gate, options: ListenerOptions) -> None:
        """`gate`: the application behind its gate."""
        self._gate = gate
        self._options = options
        self._server: uvicorn.Server | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The bound port, also where port 0 was requested."""
        return self._port

    @property
    def connections(self) -> int:
        """Number of open connections."""
        return len(self._server.server_state.connections) if self._server is not None else 0

    async def start(self) -> None:
        """Bind and serve. Raises SetupError where the address is in use or not of this machine."""
        options = self._options
        listener = bind(options.host, options.port, options.setting)
        self._port = int(listener.getsockname()[1])
        tls = options.tls

        class Guarded(GuardedProtocol):
            options = self._options.guard
            idle_connections = self._gate.idle_connections

        config = uvicorn.Config(
            self._gate,
            http=Guarded,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # the gate logs errors, without user data
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            h11_max_incomplete_event_size=HEAD_BYTES,
            ssl_context_factory=(lambda _config, _default: tls) if tls is not None else None,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.on_tick(0)  # sets the Date header
        server.servers = [await self._listen(server, listener)]
        server.started = True
        # Not `serve`, which would install signal handlers.
        self._ticking = asyncio.create_task(server.main_loop())
        self._server = server

    async def _listen(self, server: uvicorn.Server, listener: socket.socket) -> asyncio.Server:
        """Replaces uvicorn's `startup`, which would allow a minute for the TLS handshake."""
        config = server.config
        tls = self._options.tls

        def connect() -> asyncio.Protocol:
            made: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]
                config=config, server_state=server.server_state, app_state=server.lifespan.state
            )
            return made

        return await asyncio.get_running_loop().create_server(
            connect,
            sock=listener,
            ssl=tls,
            ssl_handshake_timeout=self._options.guard.head_s if tls is not None else None,
            backlog=config.backlog,
        )

    async def drain(self, patience_s: float) -> None:
        """Wait for running requests; after `patience_s` cancel them."""
        await self._gate.drain(patience_s)

    async def stop(self) -> None:
        """Close everything."""
        await self._gate.drain(0)
        if self._server is None or self._ticking is None:
            return
        self._ticking.cancel()
        state = self._server.server_state
        for server in self._server.servers:
            server.close()
        # Not uvicorn's `shutdown`, which polls every 0.1 s: the gate has no request left.
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=STOP_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                for server in self._server.servers:
                    await server.wait_closed()
        self._server = None
