"""What waits to be sent to one client, and what it may have to be sent again. Pure.

Bounds: partials are merged to the newest of each channel, so a client that reads slowly sees fewer
of them; finals are kept, up to `MAX_WAITING_BYTES`, then the client is too slow to serve.
"""

from __future__ import annotations

from collections import deque

from realtime.session.events import Ended, Event, Failed, Final, Partial, SpeechEnded, SpeechStarted
from realtime.wire import native

MAX_WAITING_BYTES = 1 << 20
KEPT_UNACKNOWLEDGED = 16
"""Finals sent again to a client that never acknowledges (spec, section 5)."""
MAX_KEPT = 4096
"""Finals kept for a client that acknowledges, then stops doing so."""


class Outbox:
    def __init__(self, *, multichannel: bool = False, vad_events: bool = False) -> None:
        self._multichannel = multichannel
        self._vad_events = vad_events
        self._seq = 0
        self._urgent: deque[str] = deque()
        self._partials: dict[int, str] = {}
        self._waiting_bytes = 0
        self._kept: deque[tuple[int, str]] = deque()
        self._acknowledges = False
        self.finals = 0
        """Finals given out, over all channels."""
        self.partials_merged = 0
        """Partials that a newer one replaced before they were sent."""

    def put(self, event: Event, channel: int = 0) -> None:
        """Queue what a session said."""
        shown_channel = channel if self._multichannel else None
        match event:
            case Ended():
                return  # the stream says when *all* its channels have ended
            case SpeechStarted() | SpeechEnded():
                if self._vad_events:
                    self.put_text(native.event(event, self._seq, shown_channel))
            case Failed():
                self.put_text(native.event(event, self._seq, shown_channel))
            case Partial():
                self._seq += 1
                self.partials_merged += channel in self._partials
                # Out of the dict and in again: partials leave in the order of their seq.
                self._partials.pop(channel, None)
                self._partials[channel] = native.event(event, self._seq, shown_channel)
            case Final():
                self._seq += 1
                self.finals += 1
                self._partials.pop(channel, None)
                text = native.event(event, self._seq, shown_channel)
                self._keep(self._seq, text)
                self.put_text(text)

    def put_text(self, message: str) -> None:
        """Queue a message that must not be lost."""
        self._urgent.append(message)
        self._waiting_bytes += len(message)

    def put_first(self, message: str) -> None:
        """Queue a message before everything that waits: `ready` opens every connection."""
        self._urgent.appendleft(message)
        self._waiting_bytes += len(message)

    def take(self) -> str | None:
        """The next message to send, or None."""
        if self._urgent:
            message = self._urgent.popleft()
            self._waiting_bytes -= len(message)
            return message
        for channel in self._partials:
            return self._partials.pop(channel)
        return None

    @property
    def overfull(self) -> bool:
        """The client does not read what it must be told."""
        return self._waiting_bytes > MAX_WAITING_BYTES

    def acknowledge(self, seq: int) -> None:
        """Every final up to `seq` has arrived."""
        self._acknowledges = True
        while self._kept and self._kept[0][0] <= seq:
            self._kept.popleft()

    def reconnect(self) -> None:
        """A new connection took the stream over: send again what the old one may have lost."""
        self._partials.clear()
        self._urgent.clear()
        self._waiting_bytes = 0
        for _, message in self._kept:
            self.put_text(message)

    def _keep(self, seq: int, message: str) -> None:
        self._kept.append((seq, message))
        while len(self._kept) > (MAX_KEPT if self._acknowledges else KEPT_UNACKNOWLEDGED):
            self._kept.popleft()
