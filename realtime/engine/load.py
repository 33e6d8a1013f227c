"""How busy the model is. Pure."""

from __future__ import annotations

import math

TIME_CONSTANT_S = 5.0
"""Time constant of the busy ratio: a level of this age counts for a third (1/e)."""


class LoadMeter:
    """Exponential average of a level that changes in steps, exact at any time between them."""

    def __init__(self, now: float, time_constant_s: float = TIME_CONSTANT_S) -> None:
        self._time_constant_s = time_constant_s
        self._at = now
        self._level = 0.0
        self._average = 0.0

    def set(self, now: float, level: float) -> None:
        """Set the level from `now` on (busy workers ÷ workers, 0 … 1)."""
        self._average = self.average(now)
        self._at = now
        self._level = level

    def average(self, now: float) -> float:
        """The average at `now`, 0 … 1."""
        decay = math.exp(-max(now - self._at, 0.0) / self._time_constant_s)
        return self._level + (self._average - self._level) * decay
