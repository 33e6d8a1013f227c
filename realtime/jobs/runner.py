"""Claims jobs and does them: leases, checkpoints, stalls, results. Runs on one event loop.

If a runner dies, nothing is lost: another one continues its jobs from their last checkpoints when
the leases run out. If a runner stalls and resumes, the store refuses its late writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog
from structlog.contextvars import bind_contextvars

from realtime.errors import DiskFull, MissingFile, NotReady, RealtimeError
from realtime.jobs.job import Claim, Failure, Reason, SavedPiece
from realtime.jobs.store.base import JobStore
from realtime.jobs.threads import Threads
from realtime.jobs.work import Finished, PartDone, Update, Work

log = structlog.get_logger(__name__)

POLL_S = 1.0
"""How soon a job that another process added is noticed. Those added here are taken at once."""
STORE_RETRY_S = 1.0
"""Pause between two attempts to write to a store that cannot: full disk, database restarting."""


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """How many jobs run at once, and the runner's time limits."""

    max_jobs: int = 2
    lease_s: float = 15.0
    """How long a job belongs to a worker that does not renew its lease."""
    stall_s: float = 600.0
    """A job without progress for this long is ended."""
    check_s: float = 1.0
    """How soon the work ends on a job that was cancelled elsewhere."""
    pull: bool = True
    """Take any waiting job; otherwise only those passed to `run`."""


@dataclass(slots=True, eq=False)
class _Running:
    """One claim being worked on."""

    claim: Claim
    task: asyncio.Task[None] | None = None
    moved_at: float | None = None
    """Time of the last progress, on the monotonic clock; None while the job waits for its turn or
    for the store."""
    verdict: Failure | None = None
    """Failure with which the watch ended the work."""
    lost: bool = False
    """The claim has ended, as the store says or because the job was cancelled or deleted."""
    finishing: bool = False
    """The result is being written: that write itself checks the claim."""


@dataclass(slots=True)
class Runner:
    """Call `start`, then `wake` for new jobs; `drain` and `stop` at the end."""

    store: JobStore
    threads: Threads
    work: Work
    options: RunnerOptions = field(default_factory=RunnerOptions)
    changed: Callable[[], None] = lambda: None
    """Called after every write of this runner."""
    client_name: Callable[[str], str] = lambda submitter: ""
    """A job's submitter → the name on the job's log lines; empty: none."""
    owner: str = field(default_factory=lambda: new_owner())
    _running: dict[str, _Running] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _main: asyncio.Task[None] | None = None
    _closing: bool = False
    _stopping: bool = False

    @property
    def running(self) -> int:
        """How many jobs are being worked on."""
        return len(self._running)

    @property
    def stopping(self) -> bool:
        """Whether running jobs are being returned to the queue."""
        return self._stopping

    def works_on(self, job_id: str) -> bool:
        """Whether this runner works on the job."""
        return job_id in self._running

    async def start(self) -> None:
        """Begin to take jobs, unless the options leave that to `run`."""
        self._begin_taking()

    def _begin_taking(self) -> None:
        if self.options.pull and not self._closing:
            self._main = asyncio.get_running_loop().create_task(self._take_jobs())
            self._main.add_done_callback(self._begin_again)

    def _begin_again(self, main: asyncio.Task[None]) -> None:
        """Log an unexpected error and restart, since a bug must not silently stop all jobs."""
        error = _error_of(main)
        if error is not None:
            log.error("jobs.runner_failed", exc_info=error)
            asyncio.get_running_loop().call_later(POLL_S, self._begin_taking)

    def wake(self) -> None:
        """Look for a job now: one may have arrived, or a running one may have ended."""
        self._news.set()

    def abandon(self, job_id: str) -> None:
        """The job was cancelled or deleted: end its work now rather than at the next check."""
        running = self._running.get(job_id)
        if running is not None and running.task is not None:
            running.lost = True
            running.task.cancel()

    async def drain(self, grace_s: float = 0.0) -> None:
        """Take no more jobs, and wait up to `grace_s` for running ones; none is stopped."""
        self._closing = True
        self.wake()
        if self._main is not None:
            await asyncio.wait({self._main})
        tasks = self._tasks()
        if tasks and grace_s > 0:
            await asyncio.wait(tasks, timeout=grace_s)

    async def stop(self) -> None:
        """Return running jobs to the queue, for other workers or the next start."""
        self._stopping = True
        await self.drain()
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [r.task for r in self._running.values() if r.task is not None]

    async def run(self, job_id: str) -> bool:
        """Do the job, if it is waiting and no other worker has it; → whether it was done here.

        Raises NotReady, DiskFull where the store does not answer.
        """
        claim = None if self._closing else await self._claim(job_id)
        if claim is None:
            return False
        await asyncio.wait({self._begin(claim)})
        return True

    async def _take_jobs(self) -> None:
        while not self._closing:
            self._news.clear()
            try:
                while len(self._running) < self.options.max_jobs and not self._closing:
                    claim = await self._claim(None)
                    if claim is None:
                        break
                    self._begin(claim)
            except (NotReady, DiskFull) as error:
                log.warning("jobs.store_unavailable", reason=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), POLL_S)

    async def _claim(self, job_id: str | None) -> Claim | None:
        options = self.options
        return await self.threads.run(lambda: self.store.claim(self.owner, options.lease_s, job_id))

    def _begin(self, claim: Claim) -> asyncio.Task[None]:
        running = self._running[claim.job.id] = _Running(claim)
        running.task = asyncio.get_running_loop().create_task(self._see_through(running))
        running.task.add_done_callback(lambda _: self._ended(running))
        return running.task

    def _ended(self, running: _Running) -> None:
        if self._running.get(running.claim.job.id) is running:
            del self._running[running.claim.job.id]
        self.wake()

    async def _see_through(self, running: _Running) -> None:
        """Do the work under the watch, and write to the store how it ended."""
        loop, claim = asyncio.get_running_loop(), running.claim
        if name := self.client_name(claim.job.submitter):
            bind_contextvars(client=name)  # in all log lines of this job
        log.info("job.begun", job=claim.job.id, attempt=claim.attempt, pieces=len(claim.pieces))
        work = loop.create_task(self._do(running))
        watch = loop.create_task(self._watch(running))
        with contextlib.suppress(asyncio.CancelledError):  # `stop` or `abandon`
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        watch.cancel()
        await asyncio.wait({work, watch})
        error = _error_of(work) or _error_of(watch)
        if running.lost or (error is None and not work.cancelled()):
            log.info("job.ended", job=claim.job.id, attempt=claim.attempt, held=not running.lost)
            return
        if running.verdict is not None:
            verdict = running.verdict
            await self._write(lambda: self.store.fail(claim, verdict), patient=not self._stopping)
        elif error is None or self._stopping:
            await self._write(lambda: self.store.hand_back(claim), patient=False)
        else:
            await self._give_up(claim, error)

    async def _give_up(self, claim: Claim, error: BaseException) -> None:
        """Write the error that ended the work: the job fails, or gets another attempt."""
        failure = failure_of(error)
        if isinstance(error, RealtimeError):
            log.info("job.failed", job=claim.job.id, attempt=claim.attempt, code=error.code)
        else:
            log.error("job.error", job=claim.job.id, attempt=claim.attempt, exc_info=error)
        if isinstance(error, RealtimeError) and error.fault == "client":
            await self._write(lambda: self.store.fail(claim, failure))
        else:
            await self._write(lambda: self.store.lose(claim, failure))

    async def _do(self, running: _Running) -> None:
        async with aclosing(self.work(running.claim)) as updates:
            async for update in updates:
                running.moved_at = None  # waiting for the store is no stall
                running.finishing = isinstance(update, Finished)
                running.lost = not await self._note(running.claim, update)
                running.moved_at = time.monotonic()
                if running.lost or running.finishing:
                    return
        raise RuntimeError("the work ended without a result")

    async def _note(self, claim: Claim, update: Update) -> bool:
        """Write an update to the store; → whether the job is still held."""
        store, lease_s = self.store, self.options.lease_s
        match update:
            case PartDone(progress, None):
                return await self._write(lambda: store.renew(claim, lease_s, progress))
            case PartDone(progress, SavedPiece() as piece):
                return await self._write(lambda: store.save(claim, piece, lease_s, progress))
            case Finished(result, short):
                return await self._write(lambda: store.finish(claim, result, short))
        return True

    async def _watch(self, running: _Running) -> None:
        """Renew the lease; return when the work must end."""
        options, claim = self.options, running.claim
        renewed_at = time.monotonic()
        while True:
            await asyncio.sleep(min(options.check_s, options.lease_s / 3))
            now = time.monotonic()
            if running.moved_at is not None and now - running.moved_at > options.stall_s:
                running.verdict = Failure(
                    Reason.TIMEOUT,
                    f"The job made no progress for {options.stall_s:g} s and was stopped: retry "
                    "it, or check the file.",
                )
                return
            due = now - renewed_at >= options.lease_s / 3
            ask: Callable[[], bool] = (
                (lambda: self.store.renew(claim, options.lease_s))
                if due
                else (lambda: self.store.holds(claim))
            )
            try:
                held = await self.threads.run(ask)
            except (NotReady, DiskFull) as error:
                log.warning("jobs.store_unavailable", job=claim.job.id, reason=str(error))
                continue  # the work goes on: its result may be written before anyone notices
            if due:
                renewed_at = now
            if not held and not running.finishing:
                running.lost = True
                return

    async def _write(self, call: Callable[[], bool], *, patient: bool = True) -> bool:
        """Write to the store, retrying for as long as it cannot; → whether the job is still held.

        `patient`: False for a single attempt.
        """
        while True:
            try:
                held = await self.threads.run(call)
            except (NotReady, DiskFull) as error:
                log.warning("jobs.store_unavailable", reason=str(error))
                if not patient or self._stopping:
                    return False  # the lease will run out
                await asyncio.sleep(STORE_RETRY_S)
            else:
                self.changed()
                return held


def failure_of(error: BaseException) -> Failure:
    """What a user reads about an error that ended an attempt."""
    if isinstance(error, MissingFile):
        return Failure(Reason.PATH_NOT_FOUND, error.message, error.code)
    if isinstance(error, RealtimeError):
        return Failure(Reason.API_ERROR, error.message, error.code)
    return Failure(Reason.INTERNAL, "The server ran into an error: see its log, and retry the job.")


def new_owner() -> str:
    """A unique name for a runner, with host and process id so that people can find it."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    return None if task.cancelled() else task.exception()
