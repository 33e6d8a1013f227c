"""Limits what one connection may cost besides its audio. Pure: the caller passes the time.

Costs are counted in small frames. Each takes some 50 µs whatever it contains, so a client that
sends single bytes, or empty frames, could occupy a core without ever sending much. Two bounds:
frames of any kind are read at `PACE` at most, so that no other connection waits for them; and while
a frame with enough audio costs nothing more, others use up an allowance that refills with time. A
client that has used it up is shut out (`exceeded`).
"""

from __future__ import annotations

from dataclasses import dataclass

PACE = 2_000
"""Frames read per second: a tenth of a core, and 40 times real time with packets of 20 ms."""
PACE_BURST = 200
"""Frames read without a pause: 10 ms of work."""
PACE_STEP = 40
"""Frames read after a pause of 20 ms: waking up for each frame would cost more than the frame."""
WORTH_BYTES = 160
"""A frame with so much audio does not use up the allowance: 20 ms of telephone audio, the smallest
packet of common clients. Browsers' 128 samples have 256 bytes and more."""
CRUMB_COST = 2
"""How many frames of the pace one without audio uses: such frames are read half as fast."""
REFILL = 200
"""Small frames per second that a client may send indefinitely."""
MOST_SAVED = 12_000
"""Small frames that it may send at once, such as two seconds of telephone audio byte by byte."""
TEXT_COST = 3
"""Cost of a control message in frames: it is parsed, queued, perhaps answered."""
DEAR_COST = 100
"""Cost of a message that makes the server rebuild a stream, or answer with an error."""
_ROUNDING = 1e-6
"""Tolerance in frames, so that waiting exactly `pause_s` is long enough."""


@dataclass(frozen=True, slots=True)
class BudgetRates:
    """How fast a budget refills, in frames per second."""

    pace: float = PACE
    allowance: float = REFILL


USUAL_RATES = BudgetRates()


class MessageBudget:
    """The budget of one connection. All times are monotonic seconds."""

    def __init__(self, now: float, rates: BudgetRates = USUAL_RATES) -> None:
        self._at = now
        self._rates = rates
        self._pace = float(PACE_BURST)
        self._saved = float(MOST_SAVED)

    def pause_s(self, now: float) -> float:
        """How long no frame may be read; 0: one may be read now."""
        self._pass(now)
        if self._pace > 1 - _ROUNDING:
            return 0.0
        return (PACE_STEP - self._pace) / self._rates.pace

    def frame(self, audio_bytes: int) -> None:
        """A frame with `audio_bytes` of audio was read."""
        unpaid = max(0.0, 1 - audio_bytes / WORTH_BYTES)
        self._pace -= 1 + (CRUMB_COST - 1) * unpaid
        self._saved -= unpaid

    def spend(self, cost: int) -> None:
        """Besides its own frame, a message cost as much as `cost` frames."""
        self._saved -= cost

    @property
    def exceeded(self) -> bool:
        """The allowance is used up."""
        return self._saved < 0

    def _pass(self, now: float) -> None:
        passed, self._at = max(0.0, now - self._at), max(self._at, now)
        self._pace = min(PACE_BURST, self._pace + passed * self._rates.pace)
        self._saved = min(MOST_SAVED, self._saved + passed * self._rates.allowance)
