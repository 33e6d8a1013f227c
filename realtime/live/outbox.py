"""What waits to be sent to one client, and what may have to be sent again. No socket, no clock.

Bounds: partials are merged to the newest of each channel, so a client that reads slowly sees fewer
of them; everything else is kept, up to `MAX_WAITING_BYTES`, then the client is too slow to serve.

Threads: sessions put from the intake's and the model's threads, the connection takes on the loop. A
lock guards every method; it is held for a few operations on a deque and nothing is called under it
but `wire.native`, which locks nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from realtime.session.events import Ended, Event, Failed, Final, Partial, SpeechEnded, SpeechStarted
from realtime.wire import native

MAX_WAITING_BYTES = 1 << 20
KEPT_UNACKNOWLEDGED = 16
"""Finals sent again to a client that never acknowledges."""
MAX_KEPT = 4096
"""Finals kept for a client that acknowledges, then stops doing so."""


@dataclass(frozen=True, slots=True)
class _Message:
    text: str
    size: int
    """Bytes on the wire."""
    seq: int | None = None
    """Of a final."""


class Outbox:
    def __init__(self, *, multichannel: bool = False, vad_events: bool = False) -> None:
        self._lock = threading.Lock()
        self._multichannel = multichannel
        self._vad_events = vad_events
        self._seq = 0
        self._waiting: deque[_Message] = deque()
        self._waiting_bytes = 0
        self._most_bytes = MAX_WAITING_BYTES
        self._partials: dict[int, Partial] = {}
        self._sent: deque[_Message] = deque()
        """Finals that were sent and may not have arrived."""
        self._acknowledges = False
        self._finals = 0

    def configure(self, *, multichannel: bool, vad_events: bool) -> None:
        """Take other options; what waits stays."""
        with self._lock:
            self._multichannel, self._vad_events = multichannel, vad_events

    def put(self, event: Event, channel: int = 0) -> bool:
        """Queue what a session said. True where it replaced a partial that was never sent."""
        with self._lock:
            match event:
                case Partial():
                    # Out of the dict and in again: partials leave in the order in which they came.
                    merged = self._partials.pop(channel, None) is not None
                    self._partials[channel] = event
                    return merged
                case Final():
                    self._finals += 1
                    self._seq += 1
                    merged = self._partials.pop(channel, None) is not None
                    self._add(native.event(event, self._seq, self._shown(channel)), self._seq)
                    return merged
                case SpeechStarted() | SpeechEnded():
                    if self._vad_events:
                        self._add(native.event(event, self._seq, self._shown(channel)))
                case Failed():
                    self._add(native.event(event, self._seq, self._shown(channel)))
                case Ended():
                    pass  # the stream says when *all* its channels have ended
        return False

    def put_text(self, message: str) -> None:
        """Queue a message as it is."""
        with self._lock:
            self._add(message)

    def put_first(self, message: str) -> None:
        """Queue a message before everything that waits: `ready` opens every connection."""
        with self._lock:
            self._waiting.appendleft(_Message(message, _size(message)))
            self._waiting_bytes += _size(message)

    def take(self) -> str | None:
        """The next message to send, or None. Partials get their `seq` here, so that a client sees
        it grow by one from message to message."""
        with self._lock:
            if self._waiting:
                message = self._waiting.popleft()
                self._waiting_bytes -= message.size
                if message.seq is not None:
                    self._keep(message)
                return message.text
            for channel in self._partials:
                self._seq += 1
                partial = self._partials.pop(channel)
                return native.event(partial, self._seq, self._shown(channel))
            return None

    @property
    def finals(self) -> int:
        """Finals given out so far, over all channels."""
        return self._finals

    @property
    def overfull(self) -> bool:
        """The client does not read what it must be told."""
        return self._waiting_bytes > self._most_bytes

    def acknowledge(self, seq: int) -> None:
        """Every final up to `seq` has arrived."""
        with self._lock:
            self._acknowledges = True
            while self._sent and (self._sent[0].seq or 0) <= seq:
                self._sent.popleft()

    def reconnect(self) -> None:
        """A new connection takes over: it gets what the old one may have lost, then all finals that
        the old one was never sent. Other messages were for the old one alone."""
        with self._lock:
            self._partials.clear()
            unsent = [message for message in self._waiting if message.seq is not None]
            self._waiting = deque([*self._sent, *unsent])
            self._sent.clear()
            self._waiting_bytes = sum(message.size for message in self._waiting)
            # What piled up while nobody was there is not this connection's fault.
            self._most_bytes = MAX_WAITING_BYTES + self._waiting_bytes

    def _add(self, text: str, seq: int | None = None) -> None:
        message = _Message(text, _size(text), seq)
        self._waiting.append(message)
        self._waiting_bytes += message.size

    def _keep(self, message: _Message) -> None:
        self._sent.append(message)
        while len(self._sent) > (MAX_KEPT if self._acknowledges else KEPT_UNACKNOWLEDGED):
            self._sent.popleft()

    def _shown(self, channel: int) -> int | None:
        return channel if self._multichannel else None


def _size(text: str) -> int:
    """Bytes in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
