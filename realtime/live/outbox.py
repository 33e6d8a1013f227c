"""Messages that wait to be sent to one client, and finals that may have to be sent again. No
socket, no clock.

Bounds: only the newest partial of each channel is kept, so a client that reads slowly sees fewer of
them; everything else is kept, up to `MAX_WAITING_BYTES`, then the client is too slow to serve.

Threads: sessions call `put` on the threads of the intake and of the model, the connection calls
`take` on the event loop. A lock guards the queues; it is held for a few operations on a deque, and
only the codec, which locks nothing, is called under it.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from realtime.session.events import Ended, Event, Failed, Final, Partial, SpeechEnded, SpeechStarted
from realtime.wire.base import Codec, Messages
from realtime.wire.native_dialect import NATIVE

MAX_WAITING_BYTES = 1 << 20
KEPT_UNACKNOWLEDGED = 16
"""Most finals sent again to a client that never acknowledges."""
MAX_KEPT = 4096
"""Most finals kept for a client that acknowledges, then stops doing so."""


@dataclass(frozen=True, slots=True)
class _Message:
    content: str | bytes
    size: int
    """Bytes on the wire."""
    seq: int | None = None
    """Sequence number of a final; None for other messages."""


class Outbox:
    def __init__(
        self,
        *,
        codec: Codec | None = None,
        multichannel: bool = False,
        vad_events: bool = False,
    ) -> None:
        """`codec`: by default the native dialect's."""
        self._codec = codec or NATIVE.codec()
        self._lock = threading.Lock()
        self._multichannel = multichannel
        self._vad_events = vad_events
        self._seq = 0
        self._waiting: deque[_Message] = deque()
        self._waiting_bytes = 0
        self._most_bytes = MAX_WAITING_BYTES
        self._partials: dict[int, Partial] = {}
        self._sent: deque[_Message] = deque()
        """Finals that were sent but may not have arrived."""
        self._acknowledges = False
        self._finals = 0

    def configure(self, *, multichannel: bool, vad_events: bool) -> None:
        """Change the options; waiting messages stay as they are."""
        with self._lock:
            self._multichannel, self._vad_events = multichannel, vad_events

    def put(self, event: Event, channel: int = 0) -> bool:
        """Queue a session's event. Returns True where it replaced a partial that was never sent."""
        with self._lock:
            match event:
                case Partial():
                    # Removed and inserted again, so that partials are sent in the order of arrival.
                    merged = self._partials.pop(channel, None) is not None
                    self._partials[channel] = event
                    return merged
                case Final():
                    self._finals += 1
                    self._seq += 1
                    merged = self._partials.pop(channel, None) is not None
                    self._say(event, channel)
                    return merged
                case SpeechStarted() | SpeechEnded():
                    if self._vad_events:
                        self._say(event, channel)
                case Failed():
                    self._say(event, channel)
                case Ended():
                    pass  # the stream says when *all* its channels have ended
        return False

    def put_messages(self, messages: Messages) -> None:
        """Queue messages as they are."""
        with self._lock:
            for message in messages:
                self._add(message)

    def put_first(self, messages: Messages) -> None:
        """Queue messages before everything that waits: `ready` opens every connection."""
        with self._lock:
            for content in reversed(messages):
                message = _Message(content, _size(content))
                self._waiting.appendleft(message)
                self._waiting_bytes += message.size

    def take(self) -> str | bytes | None:
        """The next message to send, or None. Partials get their `seq` here, so that a client sees
        it grow by one from message to message."""
        with self._lock:
            while self._partials and not self._waiting:
                channel = next(iter(self._partials))
                self._seq += 1
                self._say(self._partials.pop(channel), channel)
            if not self._waiting:
                return None
            message = self._waiting.popleft()
            self._waiting_bytes -= message.size
            if message.seq is not None:
                self._keep(message)
            return message.content

    @property
    def finals(self) -> int:
        """Finals queued so far, over all channels."""
        return self._finals

    @property
    def overfull(self) -> bool:
        """More messages wait than a client may leave unread."""
        return self._waiting_bytes > self._most_bytes

    def acknowledge(self, seq: int) -> None:
        """Every final up to `seq` has arrived."""
        with self._lock:
            self._acknowledges = True
            while self._sent and (self._sent[0].seq or 0) <= seq:
                self._sent.popleft()

    def reconnect(self) -> None:
        """Prepare for a new connection: queue the finals that the old one may have lost, then those
        that it was never sent. Other messages were meant for the old one alone."""
        with self._lock:
            self._partials.clear()
            unsent = [message for message in self._waiting if message.seq is not None]
            self._waiting = deque([*self._sent, *unsent])
            self._sent.clear()
            self._waiting_bytes = sum(message.size for message in self._waiting)
            # What accumulated while there was no connection must not count against this one.
            self._most_bytes = MAX_WAITING_BYTES + self._waiting_bytes

    def _say(self, event: Event, channel: int) -> None:
        """Queue an event as the codec writes it; with `seq` where it may have to be sent again."""
        seq = self._seq if isinstance(event, Final) else None
        for content in self._codec.event(event, self._seq, self._channel_label(channel)):
            self._add(content, seq)

    def _add(self, content: str | bytes, seq: int | None = None) -> None:
        message = _Message(content, _size(content), seq)
        self._waiting.append(message)
        self._waiting_bytes += message.size

    def _keep(self, message: _Message) -> None:
        self._sent.append(message)
        while len(self._sent) > (MAX_KEPT if self._acknowledges else KEPT_UNACKNOWLEDGED):
            self._sent.popleft()

    def _channel_label(self, channel: int) -> int | None:
        return channel if self._multichannel else None


def _size(content: str | bytes) -> int:
    """Bytes on the wire, where text is UTF-8."""
    return len(content) if content.isascii() else len(_encoded(content))


def _encoded(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
