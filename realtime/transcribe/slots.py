"""How many files are transcribed at once. What comes beyond waits in order, or is sent away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from realtime.errors import LimitReached

RETRY_S = 10.0
"""What a refused client is told to wait; files take seconds to minutes."""


class FileSlots:
    """On the event loop only."""

    def __init__(self, running: int, waiting: int) -> None:
        """`running`: files at once. `waiting`: requests that may stand in line behind them."""
        self._free = asyncio.Semaphore(running)
        self._most = running + waiting
        self._taken = 0
        self.running = 0
        """Files that the model works on."""

    @property
    def waiting(self) -> int:
        """Files that wait for a place."""
        return self._taken - self.running

    def check(self) -> None:
        """Raise LimitReached where one more request could not even stand in line."""
        if self._taken >= self._most:
            raise LimitReached(
                f"{self._taken} files are being transcribed or waiting already: try again in a "
                "moment.",
                retry_after_s=RETRY_S,
            )

    @contextlib.asynccontextmanager
    async def place(self, *, patient: bool = False) -> AsyncIterator[None]:
        """A place for one file, in order of arrival.

        `patient`: stand in line however long it is; for batches and jobs, whose number is bounded
        elsewhere. Otherwise raises LimitReached like `check`.
        """
        if not patient:
            self.check()
        self._taken += 1
        try:
            async with self._free:
                self.running += 1
                try:
                    yield
                finally:
                    self.running -= 1
        finally:
            self._taken -= 1
