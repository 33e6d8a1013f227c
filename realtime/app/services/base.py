"""What a service is, and what runs many: started in order, drained and stopped in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Protocol


class Service(Protocol):
    """One part of a process. It is made with all that it needs, and serves nobody until it is
    started."""

    async def start(self) -> None:
        """Begin. Raises SetupError, LoadFailed."""

    async def drain(self) -> None:
        """Take nothing new, and let what runs end in its grace time."""

    async def stop(self) -> None:
        """End what runs and give everything back; also of one that was never started."""


class PartialService:
    """A service some of whose verbs do nothing: what a subclass leaves out."""

    async def start(self) -> None:
        """Nothing."""

    async def drain(self) -> None:
        """Nothing."""

    async def stop(self) -> None:
        """Nothing."""


class ServiceRunner:
    """All services of a process."""

    def __init__(self, stages: Iterable[Iterable[Service]]) -> None:
        """`stages`: in the order of the start. Those of one stage are drained at the same time, so
        that they share one grace time."""
        self._stages = tuple(tuple(stage) for stage in stages)

    async def start(self) -> None:
        """Start one after the other. Where one cannot, all are stopped, and its error is raised."""
        try:
            for stage in self._stages:
                for service in stage:
                    await service.start()
        except BaseException:
            await self.stop()
            raise

    async def drain(self) -> None:
        """Last stage first: whoever brings work ends before those who do it."""
        for stage in reversed(self._stages):
            await asyncio.gather(*(service.drain() for service in stage))

    async def stop(self) -> None:
        """Last one first; one that fails keeps no other from stopping. A second call does nothing.

        Raises what the first of them raised.
        """
        stages, self._stages = self._stages, ()
        async with AsyncExitStack() as stopping:
            for stage in stages:
                for service in stage:
                    stopping.push_async_callback(service.stop)
