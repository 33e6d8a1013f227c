"""Maintenance of the store: frees expired leases, deletes old jobs and uploads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from realtime.errors import DiskFull, MissingFile, NotFound, NotReady
from realtime.jobs.files import JobFiles
from realtime.jobs.store.base import JobStore
from realtime.jobs.threads import Threads
from realtime.metrics import Metrics

log = structlog.get_logger(__name__)

TURN_S = 1.0
"""Pause between two checks; one that finds nothing reads a few rows."""
RETENTION_TURN_S = 600.0
DELETED_AT_ONCE = 200
DAY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class JobMaintenanceOptions:
    """How long jobs are kept."""

    job_days: float = 30.0
    """Ended jobs are deleted after this many days. 0: never."""


class JobMaintenance:
    """Runs in every process with jobs; several at the same time do no harm."""

    def __init__(
        self,
        store: JobStore,
        files: JobFiles,
        threads: Threads,
        options: JobMaintenanceOptions,
        metrics: Metrics,
        *,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`wake`: tells the runner or the sender of this process that jobs may be waiting."""
        self._store = store
        self._files = files
        self._threads = threads
        self._options = options
        self._metrics = metrics
        self._wake = wake
        self._cleaned_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the checks."""
        self._begin()

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._keep())
        self._task.add_done_callback(self._begin_again)

    def _begin_again(self, task: asyncio.Task[None]) -> None:
        """Log an unexpected error, which must not end the maintenance for good."""
        if not task.cancelled() and task.exception() is not None:
            log.error("jobs.maintenance_failed", exc_info=task.exception())
            asyncio.get_running_loop().call_later(TURN_S, self._begin)

    async def drain(self) -> None:
        """Do nothing: leases can run out during the drain, too."""

    async def stop(self) -> None:
        """Stop the checks."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _keep(self) -> None:
        while True:
            try:
                if await self._threads.run(self.turn):
                    self._wake()
            except (NotReady, DiskFull) as error:
                log.warning("jobs.maintenance_waits", reason=str(error))
            await asyncio.sleep(TURN_S)

    def turn(self) -> bool:
        """One check; → whether jobs wait again. Blocks. Raises NotReady, DiskFull."""
        back = self._store.sweep()
        if back:
            log.warning("jobs.leases_expired", jobs=len(back))
        for status, count in self._store.counts().items():
            self._metrics.jobs.labels(state=status.value).set(count)
        now = time.monotonic()
        if self._cleaned_at is None or now - self._cleaned_at > RETENTION_TURN_S:
            self._cleaned_at = now
            self.clean()
        return bool(back)

    def clean(self) -> None:
        """Delete jobs that ended long ago, and uploads without a job."""
        if self._options.job_days:
            before = time.time() - self._options.job_days * DAY_S
            for job_id in self._store.ended_before(before, DELETED_AT_ONCE):
                delete_job(self._store, self._files, job_id)
        # The used files are read after the deletion of jobs and before the files are listed. Only
        # a file that is a day old is deleted, so none is lost that a job added meanwhile needs.
        self._files.delete_abandoned(self._store.used_files())


def delete_job(store: JobStore, files: JobFiles, job_id: str) -> None:
    """Delete a job, and its upload if no other job uses that; a missing job is no error."""
    try:
        job = store.delete(job_id)
        if job.file_id not in store.used_files():
            files.delete(job.file_id)
    except (NotFound, MissingFile):
        return
