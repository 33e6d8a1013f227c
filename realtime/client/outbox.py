"""Audio and messages to send, kept in case they must be sent again. Pure: bytes in, messages out.

All positions are byte offsets from the beginning of the stream::

    start ──── received ──── sent ──── end
    kept in case   sent, not     not yet
    the session    confirmed     sent
    is lost
"""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import Final

CAPACITY: Final = 16 * 1024 * 1024  # bytes; 4 minutes of f32le at 16 kHz
WINDOW: Final = 512 * 1024  # bytes that may be sent without confirmation; 8 s of f32le at 16 kHz
MESSAGE: Final = 32 * 1024  # maximum bytes of one audio message


class Outbox:
    """A bounded buffer of audio, with the control messages that belong between its bytes.

    Unconfirmed bytes are never dropped: when `room` is 0, the caller waits. Confirmed bytes are
    kept while there is room, until a final covers them, because a server that loses the session
    needs them again.
    """

    def __init__(
        self, frame_bytes: int = 1, capacity: int = CAPACITY, window: int = WINDOW
    ) -> None:
        """`frame_bytes`: bytes are dropped in multiples of it, so that `start` begins a frame.

        Raises `ValueError` where a bound is smaller than a single frame.
        """
        if frame_bytes < 1 or capacity < frame_bytes or window < frame_bytes:
            raise ValueError("capacity and window must hold a frame of at least 1 byte.")
        self._frame_bytes = frame_bytes
        self._capacity = capacity
        self._window = window
        self._audio = bytearray()
        self._controls: list[tuple[int, str]] = []
        self._next_control = 0
        self.start = 0
        self.received = 0
        self.sent = 0

    @property
    def end(self) -> int:
        """Offset just after the last byte."""
        return self.start + len(self._audio)

    @property
    def room(self) -> int:
        """Bytes that may be added now."""
        return max(0, self._capacity - (self.end - max(self.start, self.received)))

    def add_audio(self, audio: bytes) -> None:
        """Append audio. The caller must wait while `room` is 0; one packet may exceed it."""
        self._audio += audio
        excess = len(self._audio) - self._capacity
        if excess > 0:
            self._drop_to(min(self.start + excess, self.received))

    def add_control(self, message: str) -> None:
        """Append a control message, to be sent after all earlier audio."""
        self._controls.append((self.end, message))

    def next_message(self) -> bytes | str | None:
        """The next message to send; None: there is none, or the window is full."""
        if self._next_control < len(self._controls):
            place, message = self._controls[self._next_control]
            if place <= self.sent:
                self._next_control += 1
                return message
            stop = min(place, self.end)
        else:
            stop = self.end
        stop = min(stop, self.sent + MESSAGE, self.received + self._window)
        if stop <= self.sent:
            return None
        with memoryview(self._audio) as view:
            audio = bytes(view[self.sent - self.start : stop - self.start])
        self.sent = stop
        return audio

    def confirm(self, offset: int) -> None:
        """Note that the server has all bytes before `offset`."""
        self.received = max(self.received, min(offset, self.sent))

    def release(self, offset: int) -> None:
        """Note that finals cover all bytes before `offset`, so that they are not needed again."""
        self.confirm(offset)
        self._drop_to(min(offset, self.received))

    def rewind(self, offset: int) -> int:
        """Send again from `offset` on, control messages included, over a new connection.

        Returns how many bytes are missing because they are no longer kept (0 unless a server
        confirmed audio and then lost it).
        """
        place = min(max(offset, self.start), self.end)
        self.sent = self.received = place
        self._next_control = bisect_left(self._controls, place, key=itemgetter(0))
        return max(0, self.start - offset)

    def _drop_to(self, offset: int) -> None:
        offset -= offset % self._frame_bytes
        if offset <= self.start:
            return
        del self._audio[: offset - self.start]
        self.start = offset
        # Messages at `offset` itself may have to be sent again, those before it never.
        done = min(bisect_left(self._controls, offset, key=itemgetter(0)), self._next_control)
        del self._controls[:done]
        self._next_control -= done
