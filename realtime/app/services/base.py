"""The interface of services, and a runner that starts them in order and drains and stops them in
reverse."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Protocol


class Service(Protocol):
    """One part of a process. Its constructor receives all that it needs; it serves nobody until
    it is started."""

    async def start(self) -> None:
        """Raises SetupError, LoadFailed."""

    async def drain(self) -> None:
        """Accept no new work, and let running work end within the grace time."""

    async def stop(self) -> None:
        """End running work and release everything, also if the service was never started."""


class PartialService:
    """A service whose methods do nothing, for subclasses that need only some of them."""

    async def start(self) -> None:
        """Do nothing."""

    async def drain(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""


class ServiceRunner:
    """All services of a process."""

    def __init__(self, stages: Iterable[Iterable[Service]]) -> None:
        """`stages`: in the order of the start. The services of one stage are drained at the same
        time, so that they share one grace time."""
        self._stages = tuple(tuple(stage) for stage in stages)

    async def start(self) -> None:
        """Start one after the other. If one fails, stop all and raise its error."""
        try:
            for stage in self._stages:
                for service in stage:
                    await service.start()
        except BaseException:
            await self.stop()
            raise

    async def drain(self) -> None:
        """Drain the last stage first, so that services that bring work end before those that do
        it."""
        for stage in reversed(self._stages):
            await asyncio.gather(*(service.drain() for service in stage))

    async def stop(self) -> None:
        """Stop the last service first, and all of them even if some fail. A second call does
        nothing.

        Raises the error of the first one, in the order of the start, that failed.
        """
        stages, self._stages = self._stages, ()
        async with AsyncExitStack() as stopping:
            for stage in stages:
                for service in stage:
                    stopping.push_async_callback(service.stop)
