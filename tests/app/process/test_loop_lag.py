"""A busy event loop runs its timers late, and this is measured."""

from __future__ import annotations

import asyncio
import time

from realtime.app.app import running
from realtime.app.process.loop_lag import measure_loop_lag
from realtime.settings import Settings

BUSY_S = 0.05


async def test_a_blocked_loop_is_measured() -> None:
    found: list[float] = []
    measured = asyncio.Event()

    def observe(lag_s: float) -> None:
        found.append(lag_s)
        measured.set()

    task = asyncio.create_task(measure_loop_lag(observe, 0.001))
    await measured.wait()
    began = time.monotonic()
    while time.monotonic() - began < BUSY_S:
        pass
    measured.clear()
    await measured.wait()
    task.cancel()
    assert min(found) >= 0.0
    assert max(found) > BUSY_S / 2


async def test_a_running_server_measures_its_loop() -> None:
    settings = Settings(port=0, api_port=-1, web_port=-1, model="bundled")
    async with running(settings):
        (task,) = (task for task in asyncio.all_tasks() if task.get_name() == "loop lag")
    await asyncio.wait({task})
    assert task.cancelled()
