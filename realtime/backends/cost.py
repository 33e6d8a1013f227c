"""What a call of a model will take, learned while it runs."""

from __future__ import annotations

import threading
from collections.abc import Hashable

WEIGHT = 0.2
"""Share of the newest measurement in the average: five calls to follow a change."""
FIXED_SHARE = 0.3
"""Part of a single window's time that more windows do not repeat. Guess for sizes not yet measured:
on two CPU cores four windows took 2.3 to 3.3 times one."""


class CostTable:
    """Seconds of a call by kind, work in one window, and windows. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[tuple[Hashable, float, int], float] = {}

    def observe(self, kind: Hashable, work: float, windows: int, seconds: float) -> None:
        """`kind`: what else the time depends on. `work`: proportional to it, such as frames."""
        key = (kind, work, windows)
        with self._lock:
            known = self._seconds.get(key, seconds)
            self._seconds[key] = known + WEIGHT * (seconds - known)

    def expect(self, kind: Hashable, work: float, windows: int) -> float:
        """Measured, or scaled from the nearest call that was; 0.0 where there was none at all."""
        with self._lock:
            exact = self._seconds.get((kind, work, windows))
            if exact is not None:
                return exact
            if not self._seconds:
                return 0.0
            near = min(
                self._seconds,
                key=lambda known: (
                    known[0] != kind,
                    abs(known[1] - work),
                    abs(known[2] - windows),
                ),
            )
            seconds = self._seconds[near]
        return seconds * (work / near[1]) * (_batch_factor(windows) / _batch_factor(near[2]))


def _batch_factor(windows: int) -> float:
    return FIXED_SHARE + (1.0 - FIXED_SHARE) * windows
