"""Work whose course a test decides, and what a runner needs around it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from celery.contrib.testing.worker import start_worker

from realtime.jobs.celery_carrier import CeleryCarrier, make_celery
from realtime.jobs.celery_worker import register
from realtime.jobs.files import JobFiles
from realtime.jobs.job import Claim, Job, SavedPiece, Status
from realtime.jobs.maintenance import JobMaintenance, JobMaintenanceOptions
from realtime.jobs.runner import Runner, RunnerOptions
from realtime.jobs.sender import JobSender
from realtime.jobs.store.base import JobStore, NewJob
from realtime.jobs.threads import Threads
from realtime.jobs.work import Finished, PartDone, Started, Update, Work
from realtime.metrics import Metrics
from tests.waiting import eventually

PATIENCE_S = 30.0


class WarpedClock:
    """The wall clock, ahead by as much as a test sets."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@dataclass
class Course:
    """Work on any job: `pieces` parts, then a result that lists who did which part.

    `at` is called before each part with the claim and the part's number; it may wait, or raise as
    the engine would.
    """

    pieces: int = 3
    at: Callable[[Claim, int], object] = lambda claim, number: None
    begun: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    async def __call__(self, claim: Claim) -> AsyncGenerator[Update, None]:
        self.begun.append(claim.job.id)
        try:
            yield Started()
            done = [dict(segment) for piece in claim.pieces for segment in piece.segments]
            for number in range(len(claim.pieces), self.pieces):
                waiting = self.at(claim, number)
                if asyncio.iscoroutine(waiting):
                    await waiting
                done.append({"part": number, "attempt": claim.attempt})
                progress = 10.0 + 80.0 * (number + 1) / self.pieces
                yield PartDone(progress, SavedPiece(number, (done[-1],), {"next": number + 1}))
            yield Finished({"parts": done}, {})
        finally:
            self.closed.append(claim.job.id)


@dataclass(frozen=True)
class Place:
    """Where the jobs of a test are stored, and what delivers them."""

    open_store: Callable[[Callable[[], float]], JobStore]
    """Returns a store that uses this clock."""
    folder: Path
    redis_url: str = ""
    """With Celery, the worker takes the jobs that are sent to it. Otherwise the runner polls."""


@dataclass(frozen=True)
class House:
    """A runner and the parts that it needs."""

    store: JobStore
    runner: Runner
    carrier: CeleryCarrier | None

    def add(self, job_id: str) -> Job:
        """Add a job, and announce it to the runner or the worker."""
        job = self.store.add(NewJob(job_id, f"{job_id}.wav", {}))[0]
        self.announce(job_id)
        return job

    def announce(self, job_id: str) -> None:
        if self.carrier is None:
            self.runner.wake()
        else:
            self.carrier.send([job_id])
            self.store.sent([job_id])


@asynccontextmanager
async def running(
    place: Place,
    work: Work,
    options: RunnerOptions | None = None,
    clock: Callable[[], float] = time.time,
    watched: Callable[[JobStore], JobStore] = lambda store: store,
) -> AsyncIterator[House]:
    """A runner with its maintenance; stopped in order at the end. `watched` may put an observer
    around the store."""
    store, threads = watched(place.open_store(clock)), Threads()
    carrier = CeleryCarrier(place.redis_url, 3600.0) if place.redis_url else None
    chosen = replace(options or RunnerOptions(check_s=0.02), pull=carrier is None)
    runner = Runner(store, threads, work, chosen)
    maintenance = JobMaintenance(
        store,
        JobFiles(place.folder),
        threads,
        JobMaintenanceOptions(),
        Metrics(),
        wake=runner.wake,
    )
    sender = JobSender(store, carrier) if carrier else None
    async with celery_worker(place, runner) if carrier else nullcontext():
        await runner.start()
        await maintenance.start()
        if sender is not None:
            await sender.start()
        try:
            yield House(store, runner, carrier)
        finally:
            await runner.stop()
    await maintenance.stop()
    if sender is not None:
        await sender.stop()
    threads.close()
    store.close()


@asynccontextmanager
async def celery_worker(place: Place, runner: Runner) -> AsyncIterator[None]:
    """A real Celery worker on a real Redis, in a thread of its own."""
    loop = asyncio.get_running_loop()
    app = make_celery(place.redis_url, 3600.0)
    # A worker that stops waits until Redis has answered its last request for work: otherwise 1 s.
    app.conf.broker_transport_options |= {"polling_interval": 0.05}
    register(app, runner, loop)
    begun = start_worker(
        app,
        pool="threads",
        concurrency=runner.options.max_jobs,
        perform_ping_check=False,
        shutdown_timeout=PATIENCE_S,
    )
    await loop.run_in_executor(None, begun.__enter__)
    try:
        yield
    finally:
        await loop.run_in_executor(None, lambda: begun.__exit__(None, None, None))
        app.close()


async def ended(store: JobStore, *job_ids: str) -> list[Job]:
    """The jobs, once they have ended."""
    over = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
    await eventually(lambda: all(store.get(job_id).status in over for job_id in job_ids))
    return [store.get(job_id) for job_id in job_ids]
