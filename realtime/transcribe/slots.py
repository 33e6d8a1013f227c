"""Limits how many files are transcribed at once. Further ones wait in order, or are refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from realtime.errors import LimitReached

RETRY_S = 10.0
"""Files take seconds to minutes."""


class FileSlots:
    """Used on the event loop only."""

    def __init__(self, running: int, waiting: int, retry_s: float = RETRY_S) -> None:
        """`running`: most files at once. `waiting`: most requests that wait for a place. `retry_s`:
        seconds after which a refused client may retry."""
        self._retry_s = retry_s
        self._free = asyncio.Semaphore(running)
        self._most = running + waiting
        self._count = 0
        self.running = 0
        """Files being transcribed now."""

    @property
    def waiting(self) -> int:
        """Files that wait for a place."""
        return self._count - self.running

    def check(self) -> None:
        """Raise LimitReached where one more request could not even wait."""
        if self._count >= self._most:
            raise LimitReached(
                f"{self._count} files are being transcribed or waiting already: try again in a "
                "moment.",
                retry_after_s=self._retry_s,
            )

    @contextlib.asynccontextmanager
    async def place(self, *, patient: bool = False) -> AsyncIterator[None]:
        """A place for one file, in order of arrival.

        `patient`: wait however many wait already; for batches and jobs, whose number is bounded
        elsewhere. Otherwise raises LimitReached like `check`.
        """
        if not patient:
            self.check()
        self._count += 1
        try:
            async with self._free:
                self.running += 1
                try:
                    yield
                finally:
                    self.running -= 1
        finally:
            self._count -= 1
