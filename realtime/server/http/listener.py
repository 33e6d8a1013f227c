"""An HTTP listener of this process: uvicorn in the loop that everything else runs in."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass

import uvicorn

from realtime.server.http.gate import Gate
from realtime.server.http.guard import HEAD_S, GuardedProtocol
from realtime.server.listening_sockets import bind

KEEP_ALIVE_S = 75
"""An idle connection is kept so long: longer than clients keep theirs (openai and httpx: 5 s,
browsers: about a minute), so that it is they who close, never under a request."""
HEAD_BYTES = 64 << 10
"""Longest head of a request."""
STOP_S = 5
"""How long answers that are being sent may take at the end."""


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """Where to listen, and the name of the setting that says so, for errors."""

    host: str
    port: int
    setting: str = "api-port"
    tls: ssl.SSLContext | None = None


class HttpListener:
    """`start`, then `drain` or `stop`. Takes neither signals nor logging from the process."""

    def __init__(self, gate: Gate, options: ListenerOptions) -> None:
        """`gate`: in front of the application."""
        self._gate = gate
        self._options = options
        self._server: uvicorn.Server | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port bound, also where 0 was asked for."""
        return self._port

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._server.server_state.connections) if self._server is not None else 0

    async def start(self) -> None:
        """Bind and serve. Raises SetupError where the address is taken or not ours."""
        options = self._options
        listener = bind(options.host, options.port, options.setting)
        self._port = int(listener.getsockname()[1])
        tls = options.tls

        class Guarded(GuardedProtocol):
            idle_connections = self._gate.idle_connections

        config = uvicorn.Config(
            self._gate,
            http=Guarded,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # the gate logs what goes wrong, without what users sent
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
        await server.on_tick(0)  # the Date header
        server.servers = [await self._listen(server, listener)]
        server.started = True
        # Not `serve`, which would take the signals.
        self._ticking = asyncio.create_task(server.main_loop())
        self._server = server

    async def _listen(self, server: uvicorn.Server, listener: socket.socket) -> asyncio.Server:
        """As uvicorn's `startup`, which would let a client take a minute for TLS."""
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
            ssl_handshake_timeout=HEAD_S if tls is not None else None,
            backlog=config.backlog,
        )

    async def drain(self, patience_s: float) -> None:
        """Refuse new requests, let the running ones end; after that time they are ended."""
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
        # Not uvicorn's `shutdown`, which takes naps of 0.1 s: the gate knows that all is answered.
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=STOP_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                for server in self._server.servers:
                    await server.wait_closed()
        self._server = None
