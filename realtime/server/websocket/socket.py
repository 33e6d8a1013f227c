"""A connection that takes small packets and sends short messages without waking a task.

The library queues every message for a task that waits for it, and may wait for the network with
every message that it sends. At ten packets a second from each of many streams, waking those tasks
costs more than the messages themselves; and so does waking the process for each packet, since its
caches are cold then. So what many streams sent within a short time is taken in together.

Bounds: frames are passed to the library one by one, a limited number in one turn of the loop
(`FRAMES_A_TURN`) and per second (`server.websocket.message_budget`), none while the receiver is
full. At most `MOST_HELD` and one read wait for it; then the network is not read. Where a client
does not read, only its newest ping is answered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import ClassVar, Protocol

from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Event, State

from realtime.errors import LimitReached, MessageTooBig, RealtimeError
from realtime.server.idle_connections import IdleConnections
from realtime.server.websocket.disconnect import DisconnectWatch
from realtime.server.websocket.frame_cutter import (
    MAX_TEXT_BYTES,
    SLICE_BYTES,
    FrameCutter,
    FramePiece,
    FrameType,
)
from realtime.server.websocket.message_budget import USUAL_RATES, BudgetRates, MessageBudget

MOST_HELD = 2 * SLICE_BYTES
"""Most bytes of one connection that wait to be read; twice what the next piece may need."""
FRAMES_A_TURN = 50
"""Most frames of one connection read in one turn of the loop: 2.5 ms."""
FRAMES_AT_THE_END = 500
"""Most frames read at once when the connection has ended and is no longer paced: 25 ms."""
_HEAD_END = b"\r\n\r\n"
_BODY = re.compile(rb"(?i)\r\n(?:content-length:[ \t]*[^0\s]|transfer-encoding:)")
"""A header field of requests with a body, such as uploads that were meant for the HTTP API."""


class MessageReceiver(Protocol):
    """Receives what a socket reads."""

    @property
    def full(self) -> bool:
        """It accepts nothing now; when it does again, it calls `StreamSocket.read_on`."""

    def receive(self, message: bytes | str) -> int:
        """Take audio, maybe part of a message, or a text; → cost besides its frame, in frames."""

    def refuse(self, error: RealtimeError) -> None:
        """The client exceeded a limit: nothing more is accepted from it."""

    def lost(self) -> None:
        """The connection is gone."""


class BodyRefuser(Protocol):
    """Makes the response to a request with a body from its header."""

    def refuse_body(self, head: bytes) -> bytes: ...


class Round:
    """Lets the sockets of one event loop hand over together what arrived within a short time."""

    def __init__(self, pause_s: Callable[[], float]) -> None:
        """`pause_s`: returns how long a round that begins now lasts."""
        self._pause_s = pause_s
        self._waiting: list[StreamSocket] = []

    def join(self, socket: StreamSocket) -> None:
        """Call `socket.hand_over` when the round is over; the first socket to join begins one."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(self._pause_s(), self._end)
        self._waiting.append(socket)

    def _end(self) -> None:
        waiting, self._waiting = self._waiting, []
        loop = asyncio.get_running_loop()
        for socket in waiting:
            loop.call_soon(socket.hand_over)  # an error in one does not affect the others


class StreamSocket(ServerConnection):
    """Passes what it reads to a receiver, in order, as long as that accepts it."""

    round: Round | None = None
    """Set with the first receiver."""
    watch: DisconnectWatch | None = None
    """Detects that the client is gone while the socket is not read. Set with the first receiver."""
    idle_connections: ClassVar[IdleConnections]
    """Tracks connections that have sent no request yet. To be set in a subclass."""
    budget_rates: ClassVar[BudgetRates] = USUAL_RATES
    refuser: ClassVar[BodyRefuser]
    """To be set in a subclass."""
    _receiver: MessageReceiver | None = None
    _cutter: FrameCutter | None = None
    """Set from the end of the request's header on."""
    _allowance: MessageBudget
    _tail = b""
    """The last bytes of a request's header that is not complete yet."""
    _is_text = False
    """The current message is a text."""
    _parts = b""
    """What has arrived of the current text."""
    _scheduled = False
    """`hand_over` will be called."""
    _unread = False
    """Reading from the network is paused."""
    _refused = False
    """Only close and pong frames of the client still count."""
    _ping: bytes | None = None
    """The newest ping, while the client does not read."""
    _closing: asyncio.Task[None] | None = None

    def listen(self, receiver: MessageReceiver | None) -> None:
        """Pass everything that comes from now on, and what waited, to `receiver`; None: let it
        wait."""
        self._receiver = receiver
        if receiver is not None and self.state is State.CLOSED:
            receiver.lost()
        elif receiver is not None:
            self.read_on()

    def read_on(self) -> None:
        """The receiver has room again."""
        if not self._scheduled and self._cutter:
            self._schedule(0.0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected; it may never send a request."""
        super().connection_made(transport)
        peer = self.remote_address
        self.idle_connections.enter(
            self._hang_up, str(peer[0]) if isinstance(peer, tuple) else "local"
        )

    # Sending

    @property
    def may_write(self) -> bool:
        """A message can go to the network's buffers now, with nothing before it."""
        return (
            self.state is State.OPEN
            and not self.paused
            and self.send_in_progress is None
            and not self.transport.is_closing()
        )

    def write(self, message: str | bytes) -> None:
        """`send` without waiting. Allowed while `may_write`; afterwards `paused` may be set."""
        if isinstance(message, str):
            self.protocol.send_text(message.encode())
        else:
            self.protocol.send_binary(message)
        self.send_data()

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        ping, self._ping = self._ping, None
        if ping is not None and self.state is State.OPEN:
            super().data_received(ping)

    # Reading

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
        if self._cutter is None:
            data = self._after_head(data)
            if self._cutter is None or not data:
                return
        self._cutter.feed(data)
        if self._scheduled:
            if len(self._cutter) > MOST_HELD:
                self._read_network(False)
        elif self.round is None or len(self._cutter) > MOST_HELD:
            self.hand_over()
        else:
            self._scheduled = True
            self.round.join(self)

    def hand_over(self) -> None:
        """Read what may be read now. An error in it closes the connection, as one in
        `data_received` does."""
        self._scheduled = False
        try:
            self._read()
        except BaseException:
            self.transport.abort()
            raise

    def eof_received(self) -> None:
        """Nothing more arrives."""
        try:
            self._read_rest()
        finally:
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; what arrived before still counts."""
        self.idle_connections.leave(self._hang_up)
        if self.watch is not None:
            self.watch.forget(self.transport)
        try:
            self._read_rest()
        finally:
            super().connection_lost(exc)  # wakes those who wait for the end
            if self._receiver is not None:
                self._receiver.lost()

    def process_event(self, event: Event) -> None:
        """The library calls this for every frame."""
        # The handshake is an event, too, but no frame.
        if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._receive(event)
        else:
            super().process_event(event)

    def _after_head(self, data: bytes) -> bytes:
        """Pass the request's header to the library; → the bytes that follow it."""
        seen = self._tail + data
        end = seen.find(_HEAD_END)
        if end < 0:
            self._tail = seen[1 - len(_HEAD_END) :]
            super().data_received(data)
            return b""
        self.idle_connections.leave(self._hang_up)
        split = end + len(_HEAD_END) - len(self._tail)
        self._cutter = FrameCutter(self._most_bytes)
        self._allowance = MessageBudget(self.loop.time(), self.budget_rates)
        if _BODY.search(seen, 0, end):
            # The library refuses it without a word, then reads and drops what comes.
            self.transport.write(self.refuser.refuse_body(seen[:end]))
        super().data_received(data[:split])
        return data[split:]

    def _read(self) -> None:
        for _ in range(FRAMES_A_TURN):
            if not self._may_read:
                break
            pause_s = self._allowance.pause_s(self.loop.time())
            if pause_s:
                self._schedule(pause_s)
                break
            if not self._read_one():
                break
        else:
            self._schedule(0.0)
        assert self._cutter is not None
        self._read_network(len(self._cutter) <= MOST_HELD)

    @property
    def _may_read(self) -> bool:
        if self._receiver is None:
            return self.state is not State.OPEN
        return self._refused or not self._receiver.full

    def _read_rest(self) -> None:
        """Read what is left, up to a bound, since this takes one turn of the loop."""
        if self._cutter is not None and self._receiver is not None:
            for _ in range(FRAMES_AT_THE_END):
                if not self._read_one():
                    break

    def _read_one(self) -> bool:
        """Read one frame; False: there is none."""
        assert self._cutter is not None
        if self.state is State.CLOSED or (piece := self._cutter.next()) is None:
            return False
        self._allowance.frame(piece.size if piece.kind is FrameType.AUDIO else 0)
        if piece.kind is FrameType.TOO_LONG:
            self._refuse(_too_long(piece, self._most_bytes))
        elif piece.kind is FrameType.PING and (self.paused or self._refused):
            self._ping = piece.data
        elif not self._refused or piece.kind in (FrameType.CONTROL, FrameType.BROKEN):
            super().data_received(piece.data)
        if self._allowance.exceeded:
            self._refuse(LimitReached("Too many small messages: send audio in larger packets."))
        return True

    def _receive(self, frame: Frame) -> None:
        """Handle a frame of a message. Audio is passed on as it comes, a text when complete."""
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        if self._receiver is None or self._refused:
            return
        if not self._is_text:
            self._allowance.spend(self._receiver.receive(bytes(frame.data)))
            return
        self._parts += bytes(frame.data)
        if not frame.fin:
            return
        text, self._parts = self._parts, b""
        try:
            self._allowance.spend(self._receiver.receive(text.decode()))
        except UnicodeDecodeError:
            self._refused = True
            self._closing = self.loop.create_task(self.close(CloseCode.INVALID_DATA, "no UTF-8"))

    @property
    def _most_bytes(self) -> int:
        return self.protocol.max_message_size or 0

    def _refuse(self, error: RealtimeError) -> None:
        if not self._refused and self._receiver is not None:
            self._refused = True
            self._receiver.refuse(error)

    def _hang_up(self) -> None:
        self.transport.abort()

    def _schedule(self, pause_s: float) -> None:
        self._scheduled = True
        if pause_s:
            self.loop.call_later(pause_s, self.hand_over)
        else:
            self.loop.call_soon(self.hand_over)

    def _read_network(self, wanted: bool) -> None:
        if wanted is not self._unread or self.transport.is_closing():
            return
        self._unread = not wanted
        if wanted:
            self.transport.resume_reading()
            if self.watch is not None:
                self.watch.forget(self.transport)
        else:
            self.transport.pause_reading()
            if self.watch is not None:
                self.watch.add(self.transport)


def _too_long(piece: FramePiece, most_bytes: int) -> MessageTooBig:
    if piece.text:
        return MessageTooBig(
            f"A text message may have at most {MAX_TEXT_BYTES >> 10} KiB: send audio as binary "
            "messages."
        )
    return MessageTooBig(
        f"A message may have at most {most_bytes} bytes: send audio in smaller packets."
    )
