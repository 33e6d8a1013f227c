"""A service that measures the event loop's lag while the process runs."""

from __future__ import annotations

import asyncio

from realtime.app.process.loop_lag import measure_loop_lag
from realtime.app.services.base import PartialService
from realtime.metrics import Metrics


class LoopLag(PartialService):
    """Feeds the metric `event_loop_lag_seconds`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        observe = self._metrics.event_loop_lag_seconds.observe
        self.task = asyncio.create_task(measure_loop_lag(observe), name="loop lag")

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
