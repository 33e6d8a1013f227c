"""The workers of an engine, and the jobs that they could not finish."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

import structlog

from realtime.engine.dispatcher import DecodeTask
from realtime.engine.worker import DecodeWorker, WorkerContext
from realtime.errors import DecodeFailed, RealtimeError

log = structlog.get_logger(__name__)

MOST_TRIES = 2
"""After this many calls that hung or killed the model, their window fails: it may be the cause."""


class WorkerPool:
    """The running workers. Safe to use from any thread."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._workers: list[DecodeWorker] = []
        self._orphans: list[DecodeTask] = []
        """Jobs of lost workers, which wait for a working model."""

    def __len__(self) -> int:
        """Number of workers."""
        return len(self._workers)

    def staff(self, count: int, for_files: int) -> None:
        """Run `count` workers, `for_files` of them reserved for files. Surplus workers stop after
        their current batch."""
        with self._lock:
            for worker in self._workers[count:]:
                worker.dismiss()
            del self._workers[count:]
            for number in range(len(self._workers), count):
                worker = DecodeWorker(self._context, name=f"engine-worker-{number}")
                self._workers.append(worker)
                worker.start()
            self._context.dispatcher.staff(count, for_files)
        self._context.dispatcher.wake_all()

    def abandon_hung(self, now: float) -> int:
        """Abandon workers whose call takes too long. Returns their number."""
        with self._lock:
            hung = [worker for worker in self._workers if worker.hung(now)]
            for worker in hung:
                log.error("engine.worker_hung", worker=worker.name)
                self._workers.remove(worker)
                self._give_up(worker)
        return len(hung)

    def _give_up(self, worker: DecodeWorker) -> None:
        jobs = worker.abandon()
        for job in jobs:
            job.tries += 1
        self._orphans.extend(jobs)

    def orphan(self, jobs: Iterable[DecodeTask]) -> None:
        """Keep the jobs until there is a working model."""
        with self._lock:
            self._orphans.extend(jobs)

    def retry_orphans(self) -> None:
        """Dispatch the orphans again; those tried `MOST_TRIES` times fail."""
        for job in self._take_orphans():
            if job.tries >= MOST_TRIES:
                error = DecodeFailed("The model hung or stopped twice on this audio.")
                self._context.dispatcher.fail(job, error)
            else:
                self._context.dispatcher.retry(job)

    def fail_orphans(self, error: RealtimeError) -> None:
        """Answer all orphans with `error`."""
        for job in self._take_orphans():
            self._context.dispatcher.fail(job, error)

    def _take_orphans(self) -> list[DecodeTask]:
        with self._lock:
            orphans, self._orphans = self._orphans, []
        return orphans

    def stop(self, timeout_s: float) -> None:
        """Wait for all workers, and abandon those that have not ended after `timeout_s`."""
        give_up_at = time.monotonic() + timeout_s
        with self._lock:
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.join(max(give_up_at - time.monotonic(), 0.0))
            if worker.is_alive():
                log.warning("engine.worker_abandoned", worker=worker.name)
                with self._lock:
                    self._give_up(worker)
