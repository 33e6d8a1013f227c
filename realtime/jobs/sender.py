"""Sends the ids of waiting jobs to the carrier: new ones, and those that it lost."""

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
"""Between two looks; `wake` has one taken at once."""
RESEND_S = 10.0
"""An id that waits for so long although nothing waits at the carrier was lost there."""
SENT_AT_ONCE = 500


class Sender:
    """One for each process; that several do the same does no harm. It has a thread of its own, so
    that a carrier that hangs holds up nothing else: jobs are taken and leases are swept meanwhile.
    """

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
        """A job may be waiting."""
        self._news.set()

    async def drain(self) -> None:
        """Goes on: what arrives at the last moment is sent too."""

    async def stop(self) -> None:
        """End; what was not sent is sent by the next process."""
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
        """Send what was never sent; and what was, where the carrier has nothing left of it.

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
