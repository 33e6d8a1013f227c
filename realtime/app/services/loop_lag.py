"""The event loop's lateness as a service: measured while the process runs."""

from __future__ import annotations

import asyncio

from prometheus_client import Histogram

from realtime.app.process.loop_lag import measure_loop_lag
from realtime.app.services.base import PartialService


class LoopLag(PartialService):
    """Observes one timer after the other."""

    def __init__(self, seconds: Histogram) -> None:
        self._seconds = seconds
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.task = asyncio.create_task(measure_loop_lag(self._seconds.observe), name="loop lag")

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
