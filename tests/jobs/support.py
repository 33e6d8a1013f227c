"""Work whose course a test decides, and what a runner needs around it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from realtime.jobs.files import JobFiles
from realtime.jobs.job import Claim, Job, SavedPiece, Status
from realtime.jobs.runner import Runner, RunnerOptions
from realtime.jobs.store.base import JobStore, NewJob
from realtime.jobs.store.sqlite import SqliteStore
from realtime.jobs.threads import Threads
from realtime.jobs.upkeep import Upkeep, UpkeepOptions
from realtime.jobs.work import Begun, Finished, Further, Update
from realtime.metrics import Metrics

PATIENCE_S = 30.0


class WarpedClock:
    """The wall clock, and as much further as a test says."""

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
            yield Begun()
            done = [dict(segment) for piece in claim.pieces for segment in piece.segments]
            for number in range(len(claim.pieces), self.pieces):
                waiting = self.at(claim, number)
                if asyncio.iscoroutine(waiting):
                    await waiting
                done.append({"part": number, "attempt": claim.attempt})
                progress = 10.0 + 80.0 * (number + 1) / self.pieces
                yield Further(progress, SavedPiece(number, (done[-1],), {"next": number + 1}))
            yield Finished({"parts": done}, {})
        finally:
            self.closed.append(claim.job.id)


@asynccontextmanager
async def running(
    folder: Path,
    work: Course,
    options: RunnerOptions | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[tuple[JobStore, Runner]]:
    """A runner with its upkeep on a store in `folder`; stopped in order at the end."""
    store, threads = SqliteStore(folder / "jobs.sqlite3", clock), Threads()
    runner = Runner(store, threads, work, options or RunnerOptions(check_s=0.02))
    upkeep = Upkeep(store, JobFiles(folder), threads, UpkeepOptions(), Metrics(), wake=runner.wake)
    runner.start()
    upkeep.start()
    try:
        yield store, runner
    finally:
        await runner.stop()
        await upkeep.stop()
        threads.close()
        store.close()


def add(store: JobStore, job_id: str) -> Job:
    return store.add(NewJob(job_id, f"{job_id}.wav", {}))[0]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens soon unless the code is broken."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # of stores, which tell nobody
            await asyncio.sleep(0.005)


async def ended(store: JobStore, *job_ids: str) -> list[Job]:
    """The jobs, once they have ended."""
    over = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
    await until(lambda: all(store.get(job_id).status in over for job_id in job_ids))
    return [store.get(job_id) for job_id in job_ids]
