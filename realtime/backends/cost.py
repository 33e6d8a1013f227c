"""Expected duration of a model's calls, learned while it runs."""

from __future__ import annotations

import threading
from collections.abc import Hashable

WEIGHT = 0.2
"""Weight of the newest measurement in the average: it follows a change within about five calls."""
FIXED_SHARE = 0.3
"""Share of a single window's time that a call spends only once, however many windows it has. Guess
for sizes not yet measured: on two CPU cores four windows took 2.3 to 3.3 times as long as one."""


class CostTable:
    """Seconds of a call by kind, work in one window, and number of windows. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[tuple[Hashable, float, int], float] = {}

    def observe(self, kind: Hashable, work: float, windows: int, seconds: float) -> None:
        """Add a measurement. `kind`: what else the time depends on. `work`: a quantity that the
        time is proportional to, such as frames."""
        key = (kind, work, windows)
        with self._lock:
            known = self._seconds.get(key, seconds)
            self._seconds[key] = known + WEIGHT * (seconds - known)

    def expect(self, kind: Hashable, work: float, windows: int) -> float:
        """Seconds as measured, or scaled from the nearest measured call; 0.0 before the first."""
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
