"""A connection that takes small packets and sends short messages without waking a task.

The library queues every message for a task that waits for it, and is ready to wait for the network
with every message that it sends. At ten packets a second from each of many streams, waking those
tasks costs more than the messages themselves; and so does waking the process for each packet, whose
caches are cold then. So what many streams sent within a moment is taken in one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State

MOST_HELD = 64 << 10
"""Bytes of one connection that wait for the round; more are no live stream's packet."""


class Round:
    """Lets the sockets of one event loop hand over together what arrived within a moment."""

    def __init__(self, pause_s: Callable[[], float]) -> None:
        """`pause_s`: how long a round that begins now shall last."""
        self._pause_s = pause_s
        self._waiting: list[StreamSocket] = []

    def join(self, socket: StreamSocket) -> None:
        """`socket.hand_over` is called when the round is over; the first to join begins one."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(self._pause_s(), self._end)
        self._waiting.append(socket)

    def _end(self) -> None:
        waiting, self._waiting = self._waiting, []
        loop = asyncio.get_running_loop()
        for socket in waiting:
            loop.call_soon(socket.hand_over)  # what one of them raises is nobody else's loss


class StreamSocket(ServerConnection):
    """Hands over what it can at once; all else takes the library's way, and order is kept."""

    take_at_once: Callable[[bytes], bool] | None = None
    """Asked for each whole binary message while none waits; False: let it be queued."""
    round: Round | None = None
    """Set it once the handshake is over: what arrives waits for the round's end."""
    queued = 0
    """Messages, or parts of one, that take the library's way and were not yet `taken`."""
    _held = b""
    """Arrived and not yet handed over."""

    def taken(self) -> None:
        """A message was received, as by `recv`, and is in the reader's hands."""
        self.queued -= 1

    # Sending

    @property
    def may_write(self) -> bool:
        """A message would go to the network's buffers now, with nothing before it."""
        return (
            self.state is State.OPEN
            and not self.paused
            and self.send_in_progress is None
            and not self.transport.is_closing()
        )

    def write(self, text: str) -> None:
        """`send` without waiting, for when `may_write`; then see to `paused`."""
        self.protocol.send_text(text.encode())
        self.send_data()

    # What the transport and the library call

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
        if self.round is None:
            super().data_received(data)
            return
        if not self._held:
            self.round.join(self)
        self._held += data
        if len(self._held) > MOST_HELD:
            self.hand_over()

    def hand_over(self) -> None:
        """Read what was held. An error in it closes the connection, as one in `data_received`
        does."""
        held, self._held = self._held, b""
        if not held:
            return
        try:
            super().data_received(held)
        except BaseException:
            self.transport.abort()
            raise

    def eof_received(self) -> None:
        """Nothing more arrives."""
        try:
            self.hand_over()
        finally:
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; what it brought counts."""
        try:
            self.hand_over()
        finally:
            super().connection_lost(exc)  # whoever waits for the end must hear of it

    def process_event(self, event: Event) -> None:
        """The library calls this for every frame."""
        # The handshake is an event as well, and no frame.
        if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
            if (
                self.take_at_once is not None
                and not self.queued
                and event.fin
                and event.opcode is Opcode.BINARY
                and self.take_at_once(bytes(event.data))
            ):
                return
            self.queued += 1
        super().process_event(event)
