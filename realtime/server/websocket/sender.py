"""Sends one client the messages of its stream and of its connection, and a farewell."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from websockets.exceptions import ConnectionClosed

from realtime.errors import RealtimeError, SlowConsumer
from realtime.live.stream import Stream
from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.notices import Notices
from realtime.server.websocket.socket import StreamSocket
from realtime.wire.base import Messages

STUCK_S = 1.0
"""Longest time that one message may wait while the outbox is overfull."""
MOST_REASON = 120
"""Most characters of a close's reason, which has room for 123 bytes."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """How a connection ends."""

    messages: Callable[[], Messages]
    """Makes the last messages, once everything else was sent."""
    code: int
    """Close code."""
    reason: str


def end_of(stream: Stream, reason: str) -> Farewell:
    """The farewell of a stream that ends normally. `reason`: as in `Codec.end`."""
    return Farewell(partial(stream.farewell, reason), stream.dialect.close_code(reason), reason)


def failure_of(stream: Stream, error: RealtimeError) -> Farewell:
    """The farewell of a stream that ends with an error."""
    messages = partial(stream.codec.error, error, fatal=True)
    return Farewell(messages, stream.dialect.failure_code(error), error.message[:MOST_REASON])


class Sender:
    """`run` it as a task; `wake` it when there may be something to send.

    While the network accepts everything, `wake` itself sends; the task sends what must wait.
    """

    def __init__(self, socket: StreamSocket, stream: Stream, options: ConnectionOptions) -> None:
        self._socket = socket
        self._stream = stream
        self._timeout_s = options.send_timeout_s or None
        """Longest time that one message may wait for the client; None: no limit."""
        self._clock = options.clock
        self._news = asyncio.Event()
        self._resting = False
        """Nothing is being sent."""
        self._farewell: Farewell | None = None
        self._sending: asyncio.Timeout | None = None
        self._notices = Notices()

    def say(self, messages: Messages) -> None:
        """Queue messages behind those that wait."""
        self._stream.outbox.put_messages(messages)
        self.wake()

    def warn(self, code: str, message: str, details: Mapping[str, object] | None = None) -> bool:
        """Queue a warning; False where the same was sent a moment ago."""
        details = details or {}
        if not self._notices.due(f"{code} {details.get('reason')}", self._clock()):
            return False
        self.say(self._stream.codec.warning(code, message, details))
        return True

    def wake(self) -> None:
        """Send what the outbox holds, or have the task send it."""
        if self._resting and self._farewell is None and self._sent_at_once():
            return
        self._news.set()
        sending = self._sending
        if sending is not None and not sending.expired() and self._stream.outbox.overfull:
            sending.reschedule(0.0)  # stuck, and the outbox is overfull

    def part(self, farewell: Farewell) -> None:
        """Send this when the stream has ended and everything was sent; `run` then returns."""
        self._farewell = farewell
        self._news.set()

    async def run(self) -> None:
        """Send messages until the farewell was sent.

        Raises SlowConsumer where the client does not read, ConnectionClosed where it is gone.
        """
        stream = self._stream
        while True:
            self._resting = True
            await self._news.wait()
            self._resting = False
            self._news.clear()
            # Checked first: if the stream has ended, its last final is in the outbox by now.
            farewell = self._farewell if stream.ended else None
            await self._send_all()
            if farewell is not None:
                for message in farewell.messages():
                    await self._send(message)
                return

    async def empty(self) -> None:
        """Send what is left, when `run` was cancelled because the socket goes to another stream."""
        with contextlib.suppress(ConnectionClosed):
            await self._send_all()

    async def fail(self, error: RealtimeError) -> None:
        """Send the error and close; a client that does not read gets the close alone."""
        farewell = failure_of(self._stream, error)
        if not isinstance(error, SlowConsumer):
            for message in farewell.messages():
                await self._socket.send(message)
        await self._socket.close(farewell.code, farewell.reason)

    def _sent_at_once(self) -> bool:
        """Send what the outbox holds; False: something waits for the network."""
        socket, outbox = self._socket, self._stream.outbox
        while socket.may_write:
            message = outbox.take()
            if message is None:
                return True
            socket.write(message)
        return False

    async def _send_all(self) -> None:
        if self._socket.paused:
            await self._in_time(self._socket.drain())
        while (message := self._stream.outbox.take()) is not None:
            await self._send(message)

    async def _send(self, message: str | bytes) -> None:
        await self._in_time(self._socket.send(message))

    async def _in_time(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._timeout_s) as self._sending:
                if self._stream.outbox.overfull:  # since before this wait, unseen by `wake`
                    self._sending.reschedule(asyncio.get_running_loop().time() + STUCK_S)
                await sending
        except TimeoutError:
            self._stream.metrics.send_timeouts.inc()
            raise SlowConsumer(
                "The client is not reading its transcripts: read them, or resume the session later."
            ) from None
        finally:
            self._sending = None
