"""Threads for the blocking calls of stores, which must not block the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

THREADS = 4
"""A store runs one call at a time; other threads wait for it, or flush uploads."""


class Threads:
    """Runs blocking calls on threads that nothing else uses."""

    def __init__(self, count: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(count, "jobs")

    async def run(self, call: Callable[[], T]) -> T:
        """Run `call` on a thread. Cancelling the wait does not stop the call: its writes happen."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Wait for running calls."""
        self._pool.shutdown(wait=True)
