"""Measures how late the event loop runs its timers, which is how long everybody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

INTERVAL_S = 0.5
"""Between two measurements: some thirty for each time that Prometheus usually looks, and too few to
be seen in the CPU time of an idle server."""


async def measure_loop_lag(
    observe: Callable[[float], None], interval_s: float = INTERVAL_S
) -> None:
    """Tell `observe` the lateness of one timer after the other, in seconds, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        observe(max(0.0, loop.time() - due))
