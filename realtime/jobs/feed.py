"""Notifies listeners in this process of changed jobs, whichever process changed them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import structlog

from realtime.errors import DiskFull, NotReady
from realtime.jobs.store.base import JobChange, JobStore
from realtime.jobs.threads import Threads

log = structlog.get_logger(__name__)

LOOK_S = 0.5
"""How soon changes of other processes are seen. Those of this process are sent at once."""
AT_ONCE = 100


class Feed:
    """Polls the store's version while there are listeners; each then reads from its own version."""

    def __init__(self, store: JobStore, threads: Threads) -> None:
        self._store = store
        self._threads = threads
        self.listeners = 0
        """Number of callers that iterate over `changes` now."""
        self._look = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def tell(self) -> None:
        """Note a change by this process."""
        self._look.set()

    def close(self) -> None:
        """End all listening."""
        self._closed = True
        self._changed.set()

    async def changes(
        self, since: int | None, pause_s: float
    ) -> AsyncGenerator[list[JobChange], None]:
        """Changes after version `since` (None: from now on), in batches.

        Yields an empty list after `pause_s` without changes, so that the caller can send a
        keep-alive. Ends when the feed is closed. Raises NotReady at the start where the store
        cannot be read.
        """
        seen = since if since is not None else await self._threads.run(self._store.version)
        self.listeners += 1
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
        try:
            while not self._closed:
                changed = self._changed  # before the read, to miss no change in between
                found = await self._read(seen)
                if found:
                    seen = found[-1].version
                    yield found
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), pause_s)
                except TimeoutError:
                    yield []
        finally:
            self.listeners -= 1

    async def _read(self, since: int) -> list[JobChange]:
        try:
            return await self._threads.run(lambda: self._store.changes(since, AT_ONCE))
        except (NotReady, DiskFull) as error:
            log.warning("jobs.store_unavailable", reason=str(error))
            return []

    async def _watch(self) -> None:
        known = -1
        while self.listeners and not self._closed:
            self._look.clear()
            try:
                version = await self._threads.run(self._store.version)
            except (NotReady, DiskFull):
                version = known
            if version != known:
                known = version
                self._changed.set()
                self._changed = asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), LOOK_S)
        self._task = None
        if self._closed:
            self._changed.set()
