"""Handles the messages of one socket: answers some at once, and queues the others in order."""

from __future__ import annotations

from collections.abc import Callable

from realtime.errors import BadMessage, RealtimeError
from realtime.live.life import Life
from realtime.live.stream import Stream
from realtime.server.websocket.audio_feed import AudioFeed
from realtime.server.websocket.inbox import Disconnect, Inbox, Item, ReceiveFailed
from realtime.server.websocket.message_budget import DEAR_COST, TEXT_COST
from realtime.server.websocket.sender import Sender
from realtime.server.websocket.wakeup import WakeUp
from realtime.wire.messages import Ack, Ping, Start


class Reader:
    """Receives a socket's messages. Pings are answered here: they wait neither for the model nor
    for other messages."""

    def __init__(
        self,
        stream: Stream,
        life: Life,
        inbox: Inbox,
        sender: Sender,
        feed: AudioFeed,
        alarm: WakeUp,
        take_at_once: Callable[[bytes], bool],
    ) -> None:
        """`alarm` is rung for everything that is put into the inbox. `take_at_once` may take audio
        that no message precedes."""
        self.text_at = 0.0
        """When the last text arrived, in monotonic seconds."""
        self._dropped_audio = False
        self._codec = stream.codec
        self._outbox = stream.outbox
        self._life = life
        self._inbox = inbox
        self._sender = sender
        self._feed = feed
        self._alarm = alarm
        self._take_at_once = take_at_once

    @property
    def full(self) -> bool:
        return self._inbox.full and self._life.accepts_audio

    def receive(self, message: bytes | str) -> int:
        """Handle a message; → what it cost besides its own frame, in frames."""
        is_text = isinstance(message, str)
        if is_text:
            self.text_at = self._alarm.now()
        elif not message:
            return 0
        try:
            decoded = self._codec.decode(message)
        except BadMessage as error:
            self._queue(error, len(message))
            return DEAR_COST
        match decoded:
            case bytes():
                self._receive_audio(decoded)
            case Ping(id):
                # A pong also confirms that what came before the ping was accepted.
                if not self._dropped_audio:
                    self._sender.say(self._codec.pong(id))
            case Ack(seq):
                self._outbox.acknowledge(seq)
            case _:
                self._queue(decoded, len(message))
        if not is_text:
            return 0
        return DEAR_COST if isinstance(decoded, Start) else TEXT_COST

    def refuse(self, error: RealtimeError) -> None:
        self._inbox.put(ReceiveFailed(error))
        self._alarm.ring()

    def lost(self) -> None:
        self._inbox.put(Disconnect())
        self._alarm.ring()

    def _receive_audio(self, message: bytes) -> None:
        if self._take_at_once(message):
            return
        self._feed.arrived(len(message), self._alarm.now())
        self._dropped_audio |= not self._life.accepts_audio
        self._queue(message, len(message))

    def _queue(self, item: Item, size: int) -> None:
        """Queue it for the connection, unless it is empty or nothing more is accepted."""
        if size and self._life.accepts_audio:
            self._inbox.put(item, size)
            self._alarm.ring()
