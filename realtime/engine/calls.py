"""Counts of the calls of the model, since the start. May be used from any thread."""

from __future__ import annotations

import threading


class CallCounts:
    """How many calls run, what those that succeeded did, and since when none has run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = 0
        self._ended_at: float | None = None
        """When the last call ended; None while one runs, before the first, and once `idle` has
        returned true."""
        self.passes = 0
        """Calls that returned hypotheses."""
        self.covered_s = 0.0
        """Audio in windows of streams' finals that were decoded."""
        self.worked_s = 0.0
        """Time that workers spent on these finals."""
        self.last_success_at: float | None = None

    def change_busy(self, change: int, now: float) -> int:
        """Count a call that begins (1) or ends (-1); → how many run now."""
        with self._lock:
            self._busy += change
            self._ended_at = None if self._busy else now
            return self._busy

    def succeed(self, covered_s: float, worked_s: float, now: float) -> None:
        """Count a call that returned hypotheses."""
        with self._lock:
            self.passes += 1
            self.covered_s += covered_s
            self.worked_s += worked_s
            self.last_success_at = now

    def idle(self, now: float, idle_s: float) -> bool:
        """Whether no call has run for `idle_s`; true once for each such time."""
        with self._lock:
            idle = self._ended_at is not None and now - self._ended_at >= idle_s
            if idle:
                self._ended_at = None
            return idle
