"""What one connection may cost beside its audio. Pure: the caller brings the time.

Everything is counted in small frames. One costs some 50 µs whatever is in it, so that a client that
cuts its audio, or nothing at all, into single bytes costs a core without ever sending much. Two
bounds: `PACE`, at which frames are read, whatever they are, so that nobody else waits for one
connection's frames; and what they are worth: a frame with enough audio pays for itself, others use
up an allowance that fills again with time. Who has used it up is shut out (`exceeded`).
"""

from __future__ import annotations

PACE = 2_000
"""Frames a second that are read: a tenth of a core, and 40 times the speed of packets of 20 ms."""
PACE_BURST = 200
"""Read without a pause: 10 ms."""
PACE_STEP = 40
"""After a pause: 20 ms of it, since waking up for each frame would cost more than the frame."""
WORTH_BYTES = 160
"""A frame of audio with so much pays for itself: 20 ms of telephone audio, the smallest packet of
common clients. Browsers' 128 samples have 256 bytes and more."""
CRUMB_COST = 2
"""Of the pace: what pays for nothing is read half as fast."""
REFILL = 200
"""Small frames a second that anyone may send for ever."""
MOST_SAVED = 12_000
"""And at once, such as two seconds of telephone audio byte by byte."""
TEXT_COST = 3
"""A control message, in frames: parsed, put in order, perhaps answered."""
DEAR_COST = 100
"""A message that makes the server build a stream anew, or write what is wrong with it."""
_ROUNDING = 1e-6
"""Of a frame: so that who waits exactly as long as was said has waited enough."""


class MessageBudget:
    """One connection's. Monotonic seconds throughout."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._pace = float(PACE_BURST)
        self._saved = float(MOST_SAVED)

    def pause_s(self, now: float) -> float:
        """How long no frame may be read; 0: one may be."""
        self._pass(now)
        if self._pace > 1 - _ROUNDING:
            return 0.0
        return (PACE_STEP - self._pace) / PACE

    def frame(self, audio_bytes: int) -> None:
        """A frame was read, with so much audio in it."""
        unpaid = max(0.0, 1 - audio_bytes / WORTH_BYTES)
        self._pace -= 1 + (CRUMB_COST - 1) * unpaid
        self._saved -= unpaid

    def spend(self, cost: int) -> None:
        """Beyond its frame, a message cost as much as so many."""
        self._saved -= cost

    @property
    def exceeded(self) -> bool:
        """It costs more than its audio is worth."""
        return self._saved < 0

    def _pass(self, now: float) -> None:
        passed, self._at = max(0.0, now - self._at), max(self._at, now)
        self._pace = min(PACE_BURST, self._pace + passed * PACE)
        self._saved = min(MOST_SAVED, self._saved + passed * REFILL)
