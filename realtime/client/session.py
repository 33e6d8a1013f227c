"""The client's half of the protocol, without a socket. Pure: messages in, events and messages out.

A stream outlives its connections, and may outlive a session of the server. So positions in the
audio count from the beginning of the stream, and times of a later session are shifted onto the
stream's own clock.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from typing import Any, Final

from realtime.client.events import (
    End,
    Error,
    Event,
    Raw,
    Ready,
    Warning,
    parse_event,
    parse_raw,
)
from realtime.client.events import Final as FinalEvent
from realtime.client.formats import AudioFormat
from realtime.client.outbox import CAPACITY, WINDOW, Outbox

PING_EVERY: Final = 32 * 1024  # bytes between two pings that confirm the audio so far
SESSION_UNKNOWN: Final = "session_not_found"
_CLOCK_S: Final = 0.0015  # times are in whole milliseconds: smaller differences do not count


class ClientSession:
    """Decides what to send next, which messages are new, and where to resume after a break.

    On each connection, call `connected`, then `receive` for every message that arrives and
    `next_message` until it returns None, in any order; call `forget_session` when the server no
    longer knows the session.
    """

    def __init__(self, audio: AudioFormat, capacity: int = CAPACITY, window: int = WINDOW) -> None:
        self._format = audio
        self._outbox = Outbox(audio.frame_bytes or 1, capacity, window)
        self._urgent: deque[str] = deque()
        # At most half of each bound, so that a pong that makes room is always under way.
        self._ping_every = max(1, min(PING_EVERY, capacity // 2, window // 2))
        self._pinged = 0
        self._flushes = 0
        self._answered: Counter[int | None] = Counter()
        self._changes: list[tuple[int, dict[str, Any]]] = []
        self._base = 0
        self._shift_id = 0
        self._last_id: dict[int | None, int] = {}
        self._last_end: dict[int | None, float] = {}
        self._lost_sessions = 0
        self._resuming = False
        self.ready = False
        """The server has sent `ready` on this connection."""
        self.session: str | None = None
        """The server's id; None: there is no session to resume."""
        self.finishing = False
        """`give_end` was called."""
        self.ended = False
        """The server has sent `end`."""
        self.failure: Error | None = None
        """The fatal error of this connection."""

    # -- audio and requests of the application

    @property
    def room(self) -> int:
        """Bytes of audio that `give_audio` may add now; 0: wait."""
        return self._outbox.room

    @property
    def progress(self) -> int:
        """A number that grows whenever the server confirms audio or sends a final."""
        return self._outbox.received + len(self._last_id) + sum(self._last_id.values())

    def give_audio(self, audio: bytes) -> None:
        """Queue audio. Raises `ValueError` after `give_end`."""
        self._refuse_after_end()
        self._outbox.add_audio(audio)

    def give_control(self, kind: str, **values: Any) -> None:
        """Queue `flush`, `clear` or `start`, which takes effect after the audio queued so far."""
        self._refuse_after_end()
        if kind == "flush":
            self._flushes += 1
        elif kind == "start":
            self._changes.append((self._outbox.end, values))
        self._outbox.add_control(json.dumps({"type": kind, **values}, ensure_ascii=False))

    def give_end(self) -> None:
        """End the audio. A second call does nothing."""
        if not self.finishing:
            self.give_control("end")
            self.finishing = True

    def _refuse_after_end(self) -> None:
        if self.finishing:
            raise ValueError("The audio has already ended.")

    # -- one connection

    def connected(self) -> None:
        """Start a new connection, on which the server sends the first message."""
        self.ready = False
        self.failure = None
        self._urgent.clear()
        self._resuming = self.session is not None

    def next_message(self) -> str | bytes | None:
        """The next message to send; None: wait for audio or for the server."""
        if not self.ready or self.ended:
            return None
        if self._urgent:
            return self._urgent.popleft()
        message = self._outbox.next_message()
        if self._outbox.sent - self._pinged >= self._ping_every:
            self._pinged = self._outbox.sent
            self._urgent.append(json.dumps({"type": "ping", "id": self._pinged}))
        if message is None and self._urgent:
            return self._urgent.popleft()
        return message

    def receive(self, message: str | bytes) -> list[Event]:
        """Process one message of the server; → events for the application."""
        raw = parse_raw(message)
        if raw.get("type") == "pong":
            if isinstance(raw.get("id"), int):
                self._outbox.confirm(raw["id"])
            return []
        try:
            event = parse_event(raw, shift_s=self._shift_s, shift_id=self._shift_id)
        except (KeyError, TypeError, ValueError):
            return [
                Warning(
                    "bad_message",
                    "The server sent a message that is not part of the protocol.",
                    raw,
                )
            ]
        match event:
            case Ready():
                return self._start(event)
            case FinalEvent():
                return self._take_final(event)
            case Error() if raw.get("fatal") is True:
                self.failure = event
                return []
            case End():
                return self._take_end(event)
            case None:
                return []
        return [event]

    @property
    def _shift_s(self) -> float:
        """Time on the stream's clock at which the server's session began."""
        return self._seconds(self._base)

    def _seconds(self, offset: int) -> float:
        """A byte offset as a time on the stream's clock; 0.0 in a container, which has no such
        times."""
        return offset / self._format.bytes_per_s if self._format.bytes_per_s else 0.0

    def _start(self, ready: Ready) -> list[Event]:
        if self.ready:
            return [ready]  # confirms changed options; no session begins
        events: list[Event] = []
        if self._resuming and not ready.resumed:
            events += self.forget_session()
        self.session = ready.session
        self.ready = True
        if ready.resumed:
            self._resume_at(ready.raw)
        else:
            self._begin_at(self._outbox.start)
        self._pinged = self._outbox.sent
        return [*events, ready]

    def _resume_at(self, raw: Raw) -> None:
        frame = self._format.frame_bytes
        # A server drops an incomplete sample when a connection breaks: count samples, not bytes.
        received = int(raw.get("bytes_received", 0))
        if frame is not None:
            received = int(raw["samples_received"]) * frame
        self._outbox.rewind(self._base + received)

    def _begin_at(self, offset: int) -> None:
        self._outbox.rewind(offset)
        self._base = offset
        if self._last_id:
            self._shift_id = max(self._last_id.values()) + 1
        changes: dict[str, Any] = {}
        for place, values in self._changes:
            changes |= values if place < offset else {}  # later ones are sent again with the audio
        if changes:
            self._urgent.append(json.dumps({"type": "start", **changes}, ensure_ascii=False))

    def forget_session(self, why: str = "The server lost the session") -> list[Event]:
        """Give the session up: the next one begins with the oldest audio that is kept. Returns a
        warning."""
        self.session = None
        self._resuming = False
        self._lost_sessions += 1
        covered_s = min(self._last_end.values(), default=0.0)
        start_s = self._seconds(self._outbox.start)
        message = f"{why}; a new one continues from {start_s:.2f} s."
        missing_s = start_s - covered_s
        if missing_s > _CLOCK_S:
            message += f" Words of up to {missing_s:.2f} s before that may be missing."
        raw: Raw = {"type": "warning", "text": "", "code": "session_lost", "message": message}
        return [Warning("session_lost", message, raw)]

    @property
    def can_begin_again(self) -> bool:
        """Whether a new session can take over; in a container only from its first byte, before any
        final."""
        if self._format.bytes_per_s is not None:
            return True
        return self._outbox.start == 0 and not self._last_id

    def _take_final(self, final: FinalEvent) -> list[Event]:
        seq = final.raw.get("seq")
        if isinstance(seq, int):
            self._urgent.append(json.dumps({"type": "ack", "seq": seq}))
        last_end = self._last_end.get(final.channel, -1.0)
        if final.id <= self._last_id.get(final.channel, -1):
            return []  # the server sent it again after a break
        self._last_id[final.channel] = final.id
        if self._lost_sessions and final.text and final.end <= last_end + _CLOCK_S:
            return []  # a later session repeated a final of an earlier one
        if final.flush:
            self._answered[final.channel] += 1
            if not final.text and self._answered[final.channel] > self._flushes:
                return []  # a second answer, to a flush that was sent again
        self._last_end[final.channel] = max(last_end, final.end)
        self._release()
        return [final]

    def _release(self) -> None:
        """Drop the audio that finals cover on every channel."""
        rate, frame = self._format.sample_rate, self._format.frame_bytes
        if frame is None:
            return
        covered_s = min(self._last_end.values())
        if None not in self._last_end and len(self._last_end) < self._format.channels:
            return
        self._outbox.release(round(covered_s * rate) * frame)

    def _take_end(self, end: End) -> list[Event]:
        if end.reason != "drain" or self._all_heard(end.audio_s):
            self.ended = True
            return [end]
        # The server stops before the audio ends: its audio is final, and a new session continues.
        return self.forget_session("The server ended the session because it is shutting down")

    def _all_heard(self, audio_s: float) -> bool:
        bytes_per_s = self._format.bytes_per_s
        if not self.finishing or bytes_per_s is None:
            return self.finishing
        return self._shift_s + audio_s >= self._outbox.end / bytes_per_s - _CLOCK_S
