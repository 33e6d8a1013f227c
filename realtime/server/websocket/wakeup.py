"""Wakes one task when something happens, or at a given time. Used on the event loop alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class WakeUp:
    """Times are monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._rung = asyncio.Event()
        self._waiting = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    @property
    def idle(self) -> bool:
        """The task waits, and no ring is pending."""
        return self._waiting and not self._rung.is_set()

    def ring(self) -> None:
        """Wake the task: something happened."""
        self._rung.set()

    async def wait(self, until: float) -> None:
        """Wait until something happens, at most until that time; return at once if it is past."""
        now = self.now()
        if now < until:
            self.set(until, now)
            self._waiting = True
            await self._rung.wait()
            self._waiting = False
        self._rung.clear()

    def set(self, until: float, now: float) -> None:
        """Ring at that time or before. Nearly every packet puts the time off: a timer that rings
        too early costs less than a new one for each packet."""
        if self._timer is not None:
            if self._timer_at <= until:
                return
            self._timer.cancel()
        self._timer_at = until
        self._timer = asyncio.get_running_loop().call_later(until - now, self._ring)

    def cancel(self) -> None:
        """Cancel the timer: nobody waits any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        self._timer = None
        self._rung.set()
