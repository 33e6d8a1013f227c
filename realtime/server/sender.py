"""Sends one client what its stream's outbox holds, what its connection has to say, and goodbye."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from realtime.errors import SlowConsumer
from realtime.server.notices import Notices
from realtime.server.stream import Stream
from realtime.wire import native


@dataclass(frozen=True, slots=True)
class Farewell:
    """How a connection ends."""

    message: Callable[[], str]
    """Makes the last message, once everything else was sent."""
    code: int
    """Of the close."""
    reason: str


class Sender:
    """`run` it as a task; `wake` it when there may be something to send."""

    def __init__(self, socket: ServerConnection, stream: Stream, timeout_s: float) -> None:
        """`timeout_s`: the longest that one message may wait for a client; 0: for ever."""
        self._socket = socket
        self._stream = stream
        self._timeout_s = timeout_s or None
        self.parting = False
        """The last message is being sent."""
        self._news = asyncio.Event()
        self._farewell: Farewell | None = None
        self._sending: asyncio.Timeout | None = None
        self._notices = Notices()

    def say(self, message: str) -> None:
        """Queue a message behind those that wait."""
        self._stream.outbox.put_text(message)
        self._news.set()

    def warn(self, code: str, message: str, details: Mapping[str, object] | None = None) -> bool:
        """Queue a warning, unless the same was said a moment ago."""
        details = details or {}
        if not self._notices.due(f"{code} {details.get('reason')}", time.monotonic()):
            return False
        self.say(native.warning(code, message, details))
        return True

    def wake(self) -> None:
        """Look into the outbox."""
        self._news.set()
        sending = self._sending
        if sending is not None and not sending.expired() and self._stream.outbox.overfull:
            sending.reschedule(0.0)  # stuck, and more than enough waits behind it

    def part(self, farewell: Farewell) -> None:
        """Say this and close when the stream has ended and everything was sent."""
        self._farewell = farewell
        self._news.set()

    async def run(self) -> None:
        """Until the farewell was said and the client answered it, or gave no answer.

        Raises SlowConsumer where the client does not read, ConnectionClosed where it is gone.
        """
        stream = self._stream
        while True:
            await self._news.wait()
            self._news.clear()
            # Asked before the outbox: what comes after the last final need not be waited for.
            over = self._farewell is not None and stream.ended
            await self._send_all()
            if over:
                assert self._farewell is not None
                self.parting = True
                await self._send(self._farewell.message())
                await self._socket.close(self._farewell.code, self._farewell.reason)
                return

    async def empty(self) -> None:
        """Send what is left, when `run` was cancelled because the socket goes to another stream."""
        with contextlib.suppress(ConnectionClosed):
            await self._send_all()

    async def _send_all(self) -> None:
        while (message := self._stream.outbox.take()) is not None:
            await self._send(message)

    async def _send(self, message: str) -> None:
        try:
            async with asyncio.timeout(self._timeout_s) as self._sending:
                await self._socket.send(message)
        except TimeoutError:
            self._stream.metrics.send_timeouts.inc()
            raise SlowConsumer(
                "The client does not read its transcripts: read them, or resume the session later."
            ) from None
        finally:
            self._sending = None
