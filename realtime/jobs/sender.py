"""Sends the ids of waiting jobs to the carrier: new ones, and those that the carrier lost."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from realtime.errors import DiskFull, NotReady
from realtime.jobs.carrier import Carrier, CarrierDown
from realtime.jobs.store.base import JobStore
from realtime.jobs.threads import Threads

log = structlog.get_logger(__name__)

TURN_S = 1.0
"""Pause between two turns; `wake` ends it."""
RESEND_S = 10.0
"""A job that waits for this long while the carrier's queue is empty: its id was lost there."""
SENT_AT_ONCE = 500


class JobSender:
    """Runs once per process; several at the same time do no harm. It has a thread of its own, so
    that a carrier that hangs blocks neither the taking of jobs nor the sweep of leases."""

    def __init__(self, store: JobStore, carrier: Carrier) -> None:
        self._store = store
        self._carrier = carrier
        self._threads = Threads(1)
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.get_running_loop().create_task(self._keep_sending())

    def wake(self) -> None:
        """Look for waiting jobs now."""
        self._news.set()

    async def drain(self) -> None:
        """Do nothing: jobs that arrive until the stop are sent too."""

    async def stop(self) -> None:
        """Stop sending; the next process sends the rest."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await asyncio.get_running_loop().run_in_executor(None, self._threads.close)
        self._carrier.close()

    async def _keep_sending(self) -> None:
        while True:
            self._news.clear()
            try:
                await self._threads.run(self.turn)
            except (NotReady, DiskFull, CarrierDown) as error:
                log.warning("jobs.not_sent_yet", reason=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), TURN_S)

    def turn(self) -> None:
        """Send ids that were never sent; if there are none, those that the carrier has lost.

        Blocks. Raises NotReady, DiskFull, CarrierDown.
        """
        unsent = self._store.unsent(None, SENT_AT_ONCE)
        if not unsent:
            unsent = self._store.unsent(RESEND_S, SENT_AT_ONCE)
            if not unsent or self._carrier.waiting() > 0:
                return
            log.warning("jobs.sent_again", jobs=len(unsent))
        self._carrier.send(unsent)
        self._store.sent(unsent)
