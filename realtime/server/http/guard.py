"""uvicorn's connection with time limits: for a request's head, and for clients that do not read.

uvicorn has neither: a few thousand half-sent heads would take all sockets, and a few clients that
request a stream of events and never read it would take all places for files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from realtime.server.idle_connections import IdleConnections

HEAD_S = 10.0
"""Time for a complete head, from its first byte or from the start of the connection."""
STALL_S = 30.0
MAX_CONNECTIONS = 1_000


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """Limits of the connections of one listener."""

    head_s: float = HEAD_S
    stall_s: float = STALL_S
    """A connection is closed if the client reads nothing of the response for this time."""
    most_connections: int = MAX_CONNECTIONS
    """Further connections are closed at once."""
    call_later: Callable[[float, Callable[[], None]], Timer] | None = None
    """Seconds and function → the timer that will call it; None: a timer of the event loop."""


class GuardedProtocol(H11Protocol):
    """Answers 408 where a head is late; closes the connection where nothing came."""

    options: ClassVar[GuardOptions]
    """To be set by a subclass, like `idle_connections`."""
    idle_connections: ClassVar[IdleConnections]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_timer: Timer | None = None
        self._stall_timer: Timer | None = None
        self._call_later = self.options.call_later or self.loop.call_later

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.options.most_connections:
            transport.abort()
            return
        self._wait_for_head()
        self._do_nothing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._reads_again()
        self.idle_connections.leave(self._hang_up)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self._call_later(self.options.stall_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._reads_again()
        super().resume_writing()

    def _reads_again(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def handle_events(self) -> None:
        super().handle_events()
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
            self.idle_connections.leave(self._hang_up)
        elif self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._wait_for_head()  # the next request on a keep-alive connection has begun

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._do_nothing()

    def _do_nothing(self) -> None:
        self.idle_connections.enter(self._hang_up, self.client[0] if self.client else "local")

    def _hang_up(self) -> None:
        self.transport.abort()

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self._call_later(self.options.head_s, self._head_is_late)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            headers = [("connection", "close"), ("content-length", "0")]
            for event in (
                h11.Response(status_code=408, headers=headers, reason=b"Request Timeout"),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
