"""Makes audio ahead of time in a process of its own, so that no measurement waits for it."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Self

from realtime.load_test.speech import AudioSource, LoadRecording
from realtime.types import SAMPLE_RATE

AHEAD_BYTES = 64 << 20
"""Most audio made ahead, in bytes; a longer run makes the rest while it runs."""


class Supply:
    """`count` recordings of a source, in order. An asynchronous context manager."""

    def __init__(self, source: AudioSource, count: int, seconds: float, first: int = 0) -> None:
        """`seconds`: about how long each is. `first`: the number of the first one."""
        self._source = source
        self._end = first + count
        self._depth = min(count, max(2, round(AHEAD_BYTES / (4 * SAMPLE_RATE * seconds))))
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: deque[asyncio.Future[LoadRecording]] = deque()
        self._next = first
        self.waited_s = 0.0
        """How long requests waited for their audio, while the server was idle."""

    async def __aenter__(self) -> Self:
        # Spawned instead of forked, since this process has threads.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, context, _leave_interrupts_alone)
        self._ask()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for future in self._waiting:
            future.cancel()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def depth(self) -> int:
        """Number of recordings made ahead."""
        return self._depth

    async def fill(self, made: Callable[[int], None]) -> None:
        """Wait until `depth` recordings are ready; calls `made(n)` after the nth of them."""
        for number, future in enumerate(list(self._waiting)):
            await asyncio.shield(future)
            made(number + 1)

    async def next(self) -> LoadRecording:
        """The next recording. Raises the source's error, IndexError after the last."""
        future = self._waiting.popleft()
        self._ask()
        started_at = time.monotonic()
        try:
            return await future
        finally:
            self.waited_s += time.monotonic() - started_at

    def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        while len(self._waiting) < self._depth and self._next < self._end:
            self._waiting.append(loop.run_in_executor(self._pool, self._source.make, self._next))
            self._next += 1


def _leave_interrupts_alone() -> None:
    """Ignore Ctrl-C, which goes to all processes of a terminal: the parent ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
