"""How fast audio arrives, and what that says about its sample rate. Pure: the caller brings the
time.

A browser's AudioContext mostly runs at 44.1 or 48 kHz, and pages often do not say so. Audio taken
at the wrong rate is gibberish to the model, so the rate is read off the clock: frames between the
first and the last packet over the time between them (the first packet's own frames were recorded
before it came, so they do not count).
"""

from __future__ import annotations

from collections.abc import Sequence

CANDIDATES = (16_000, 44_100, 48_000)  # Hz
TOLERANCE = 0.045
"""Half the distance between 44.1 and 48 kHz: packets of 4,096 samples over 1.5 s are good to 2
%."""


class ArrivalRate:
    """Counts frames against the clock."""

    def __init__(self) -> None:
        self._first_s: float | None = None
        self._last_s = 0.0
        self._frames = 0.0

    def receive(self, frames: float, now_s: float) -> None:
        """`frames` (may be a fraction) arrived at `now_s`."""
        if self._first_s is None:
            self._first_s = self._last_s = now_s
            return
        self._frames += frames
        self._last_s = now_s

    @property
    def span_s(self) -> float:
        """Seconds between the first and the newest packet."""
        return 0.0 if self._first_s is None else self._last_s - self._first_s

    @property
    def rate(self) -> float | None:
        """Frames per second, or None before two packets came."""
        return self._frames / self.span_s if self.span_s > 0 else None

    def guess(self, candidates: Sequence[int] = CANDIDATES) -> int | None:
        """The candidate that the arrival rate says, or None where it says none of them."""
        rate = self.rate
        if rate is None:
            return None
        nearest = min(candidates, key=lambda candidate: abs(candidate - rate))
        return nearest if abs(nearest - rate) <= TOLERANCE * nearest else None
