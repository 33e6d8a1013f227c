"""A runner completes jobs, whatever happens to them, to itself, and to the store.

Each test runs on SQLite, on PostgreSQL, and with Celery and Redis as the carrier.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import uuid
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from realtime.errors import Conflict, DecodeFailed, DiskFull, MissingFile, NotAudio
from realtime.jobs.files import JobFiles
from realtime.jobs.job import MAX_TRIES, Claim, Reason, SavedPiece, Status
from realtime.jobs.runner import RunnerOptions
from realtime.jobs.service import JobService
from realtime.jobs.store.base import JobStore, NewJob
from realtime.jobs.threads import Threads
from realtime.jobs.work import Started, Update
from tests.engine.support import Clock
from tests.jobs.support import Course, Place, WarpedClock, ended, running
from tests.waiting import eventually


class Halt:
    """Stops the work before one of its parts."""

    def __init__(self, part: int) -> None:
        self._part = part
        self.there, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, _claim: Claim, number: int) -> None:
        if number == self._part:
            self.there.set()
            await self.go.wait()


async def test_each_job_is_done_once_and_no_more_at_once_than_allowed(place: Place) -> None:
    busy: list[int] = []

    async def look(_claim: Claim, _number: int) -> None:
        busy.append(house.runner.running)
        await asyncio.sleep(0)

    work = Course(at=look)
    async with running(place, work) as house:
        names = [f"job-{number}" for number in range(7)]
        for name in names:
            house.add(name)
        jobs = await ended(house.store, *names)
        assert {(job.status, job.attempt, job.progress) for job in jobs} == {
            (Status.COMPLETED, 1, 100.0)
        }
        assert sorted(work.begun) == names
        assert max(busy) <= 2
        parts = [{"part": number, "attempt": 1} for number in range(3)]
        assert all(house.store.result(name) == {"parts": parts} for name in names)


async def test_log_lines_of_a_job_name_its_submitter(sqlite_place: Place) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("info"))
    with capture_logs(processors=[merge_contextvars]) as logs:
        async with running(sqlite_place, Course()) as house:
            house.runner.client_name = lambda submitter: submitter.upper()
            house.add("anyone")
            house.store.add(NewJob("own", "a.wav", {}, submitter="alice"))
            house.announce("own")
            await ended(house.store, "anyone", "own")
            # The store knows of the end before the log does.
            await eventually(lambda: [line["event"] for line in logs].count("job.ended") == 2)
    lines = [(line["job"], line["event"], line.get("client")) for line in logs if "job" in line]
    assert sorted(lines, key=str) == [
        ("anyone", "job.begun", None),
        ("anyone", "job.ended", None),
        ("own", "job.begun", "ALICE"),
        ("own", "job.ended", "ALICE"),
    ]


async def test_an_id_that_is_delivered_many_times_is_one_attempt(place: Place) -> None:
    """Redis delivers ids again after the visibility time-out; the sender repeats some."""
    halt = Halt(1)
    async with running(place, Course(at=halt)) as house:
        house.add("a")
        await halt.there.wait()
        for _ in range(20):
            house.announce("a")
        house.add("b")  # queued behind all of them
        halt.go.set()
        jobs = await ended(house.store, "a", "b")
        for _ in range(5):
            house.announce("a")
        house.add("c")
        jobs += await ended(house.store, "c")
        assert [(job.status, job.attempt) for job in jobs] == [(Status.COMPLETED, 1)] * 3
        assert not await house.runner.run("a")


async def test_the_next_attempt_continues_after_the_last_piece(place: Place) -> None:
    clock = WarpedClock()
    before = place.open_store(clock)
    before.add(NewJob("a", "a.wav", {}))
    killed = before.claim("killed", 15.0)
    assert killed is not None
    before.save(killed, SavedPiece(0, ({"part": 0, "attempt": 1},), {}), 15.0, 30.0)
    before.close()
    clock.ahead_s = 16
    async with running(place, Course(), clock=clock) as house:
        await ended(house.store, "a")
        parts = [{"part": 0, "attempt": 1}, {"part": 1, "attempt": 2}, {"part": 2, "attempt": 2}]
        assert house.store.result("a") == {"parts": parts}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotAudio("It is a picture."), Reason.API_ERROR),
        (MissingFile("It is gone."), Reason.PATH_NOT_FOUND),
    ],
)
async def test_a_fault_of_the_file_ends_the_job(
    place: Place, error: Exception, reason: Reason
) -> None:
    def refuse(_claim: Claim, _number: int) -> None:
        raise error

    work = Course(at=refuse)
    async with running(place, work) as house:
        house.add("a")
        (job,) = await ended(house.store, "a")
        assert (job.status, job.attempt) == (Status.FAILED, 1)
        assert job.failure is not None
        assert (job.failure.reason, job.failure.message) == (reason, str(error))
        assert work.closed == ["a"]


@pytest.mark.parametrize("error", [DecodeFailed("The model broke."), ZeroDivisionError()])
async def test_a_poison_job_is_tried_three_times_and_the_others_go_on(
    place: Place, error: Exception
) -> None:
    clock = WarpedClock()

    def poison(claim: Claim, _number: int) -> None:
        if claim.job.id == "poison":
            raise error

    work = Course(at=poison)
    async with running(place, work, clock=clock) as house:
        house.add("poison"), house.add("good")

        def tried() -> bool:
            job = house.store.get("poison")
            if job.status is Status.PENDING and job.attempt:
                clock.ahead_s += 60  # the pause between attempts is over; no lease runs
                house.announce("poison")
            return work.closed.count("poison") == MAX_TRIES

        await eventually(tried)
        poisoned, good = await ended(house.store, "poison", "good")
        assert (poisoned.status, poisoned.attempt) == (Status.FAILED, MAX_TRIES)
        assert good.status is Status.COMPLETED
        assert poisoned.failure is not None
        expected = Reason.API_ERROR if isinstance(error, DecodeFailed) else Reason.INTERNAL
        assert poisoned.failure.reason is expected


async def test_work_without_a_result_is_a_failed_attempt(sqlite_place: Place) -> None:
    async def nothing(_claim: Claim) -> AsyncGenerator[Update, None]:
        yield Started()

    clock = WarpedClock()
    async with running(sqlite_place, nothing, clock=clock) as house:
        house.add("a")

        def over() -> bool:
            clock.ahead_s += 60
            house.announce("a")
            return house.store.get("a").status is Status.FAILED

        await eventually(over)


async def test_a_job_without_progress_times_out(place: Place) -> None:
    work = Course(at=Halt(1))
    options = RunnerOptions(check_s=0.02, stall_s=0.1)
    async with running(place, work, options) as house:
        house.add("a")
        (job,) = await ended(house.store, "a")
        assert job.failure is not None
        assert (job.failure.reason, job.attempt) == (Reason.TIMEOUT, 1)
        await eventually(lambda: work.closed == ["a"])


class RenewalLog:
    """A store that also records when leases are renewed."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.times: list[float] = []

    def renew(self, claim: Claim, lease_s: float, progress: float | None = None) -> bool:
        self.times.append(self._clock.now)
        return self._store.renew(claim, lease_s, progress)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_a_lease_is_renewed_however_long_a_part_takes(place: Place) -> None:
    halt, clock, renewals = Halt(1), Clock(), list[RenewalLog]()
    options = RunnerOptions(check_s=0.02, lease_s=0.15)

    def watched(store: JobStore) -> JobStore:
        renewals.append(log := RenewalLog(store, clock))
        return cast("JobStore", log)

    async with running(place, Course(at=halt), options, clock, watched) as house:
        times = renewals[0].times
        house.add("a")
        await halt.there.wait()
        for _ in range(5):
            clock.now += 0.6 * options.lease_s
            await eventually(lambda: times.count(clock.now) >= 2)  # so that at least one is written
            assert house.store.sweep() == []
        halt.go.set()
        (job,) = await ended(house.store, "a")
        assert (job.status, job.attempt) == (Status.COMPLETED, 1)


async def test_a_runner_that_stops_returns_its_job_and_the_next_continues(place: Place) -> None:
    halt = Halt(2)
    first = Course(at=halt)
    async with running(place, first) as house:
        house.add("a")
        await halt.there.wait()
    assert first.closed == ["a"]
    async with running(place, Course()) as house:
        (job,) = await ended(house.store, "a")
        assert (job.attempt, job.tries) == (2, 1)
        result = house.store.result("a")
        assert result is not None
        assert [part["attempt"] for part in result["parts"]] == [1, 1, 2]


async def test_work_on_a_job_that_another_process_cancelled_ends(place: Place) -> None:
    halt = Halt(0)
    work = Course(at=halt)
    async with running(place, work) as house:
        house.add("a")
        await halt.there.wait()
        house.store.cancel("a")
        await eventually(lambda: house.runner.running == 0)
        assert work.closed == ["a"]
        assert house.store.get("a").status is Status.CANCELLED


async def test_a_full_disk_delays_a_result_and_loses_none(sqlite_place: Place) -> None:
    """SQLite's own size limit stands in for a full disk: the error is the same."""
    halt = Halt(2)
    async with running(sqlite_place, Course(at=halt)) as house:
        house.add("a")
        await halt.there.wait()
        connection: sqlite3.Connection = house.store._connection  # type: ignore[attr-defined]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        fill = (house.add(f"filler-{number}") for number in range(1000))
        with pytest.raises(DiskFull):
            list(fill)
        halt.go.set()
        await asyncio.sleep(0)
        assert house.runner.running >= 1
        connection.execute("PRAGMA max_page_count = 1000000")
        (job,) = await ended(house.store, "a")
        assert (job.status, job.attempt) == (Status.COMPLETED, 1)


async def test_a_cancel_at_any_time_has_one_outcome(place: Place) -> None:
    """While pending, running and finishing. benchmarks/jobs/survival.py runs 1,000 of them."""
    dice, threads = random.Random(5), Threads()

    async def step(_claim: Claim, _number: int) -> None:
        await asyncio.sleep(0)

    async with running(place, Course(at=step), RunnerOptions(max_jobs=4)) as house:
        service = JobService(house.store, JobFiles(place.folder), threads, runner=house.runner)

        async def race() -> Status:
            job = await threads.run(lambda: house.add(str(uuid.uuid4())))
            await asyncio.sleep(dice.random() * 0.05)
            try:
                await service.cancel(job.id)
                expected = Status.CANCELLED
            except Conflict:
                expected = Status.COMPLETED
            assert house.store.get(job.id).status is expected
            assert (house.store.result(job.id) is not None) == (expected is Status.COMPLETED)
            return expected

        found: list[Status] = []
        for _ in range(10):
            found += await asyncio.gather(*(race() for _ in range(4)))
        await eventually(lambda: house.runner.running == 0)
        assert all(
            count == 0 for status, count in house.store.counts().items() if status not in found
        )
    threads.close()


async def test_jobs_that_the_carrier_lost_are_sent_again(place: Place) -> None:
    """They were sent, but the carrier has lost them: Redis was killed without its file."""
    clock = WarpedClock()
    before = place.open_store(clock)
    before.add(NewJob("a", "a.wav", {}))
    before.sent(["a"])
    before.close()
    clock.ahead_s = 60
    async with running(place, Course(), clock=clock) as house:
        (job,) = await ended(house.store, "a")
        assert job.status is Status.COMPLETED


async def test_an_unexpected_error_does_not_stop_the_runner(sqlite_place: Place) -> None:
    """A row that cannot be read is not foreseen; after it is repaired, jobs are taken again."""
    async with running(sqlite_place, Course()) as house:
        connection: sqlite3.Connection = house.store._connection  # type: ignore[attr-defined]
        house.runner.options = RunnerOptions(max_jobs=0)  # no job is taken meanwhile
        house.add("a")
        connection.execute("UPDATE jobs SET request = 'no JSON'")
        house.runner.options = RunnerOptions()
        main = house.runner._main
        assert main is not None
        house.runner.wake()
        await asyncio.wait({main})
        connection.execute("UPDATE jobs SET request = '{}'")
        (job,) = await ended(house.store, "a")
        assert job.status is Status.COMPLETED
