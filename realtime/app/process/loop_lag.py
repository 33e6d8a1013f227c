"""Measures how late the event loop runs its timers, which is how long every task waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

INTERVAL_S = 0.5
"""Pause between two measurements: about thirty for each usual scrape by Prometheus, and too few to
show in the CPU time of an idle server."""


async def measure_loop_lag(
    observe: Callable[[float], None], interval_s: float = INTERVAL_S
) -> None:
    """Call `observe` with the lateness of each timer, in seconds, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        observe(max(0.0, loop.time() - due))
