"""A runner sees jobs through, whatever happens to them, to it, and to the store."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import uuid
from pathlib import Path

import pytest

from realtime.errors import Conflict, DecodeFailed, DiskFull, MissingFile, NotAudio
from realtime.jobs.files import JobFiles
from realtime.jobs.job import MAX_TRIES, Claim, Reason, SavedPiece, Status
from realtime.jobs.runner import RunnerOptions
from realtime.jobs.service import JobService
from realtime.jobs.store.sqlite import SqliteStore
from realtime.jobs.threads import Threads
from tests.jobs.support import Course, WarpedClock, add, ended, running, until

QUICK = RunnerOptions(check_s=0.02)


async def test_jobs_are_done_in_order_as_many_at_once_as_allowed(tmp_path: Path) -> None:
    busy: list[int] = []

    async def look(_claim: Claim, _number: int) -> None:
        busy.append(runner.running)
        await asyncio.sleep(0)

    work = Course(at=look)
    async with running(tmp_path, work) as (store, runner):
        names = [f"job-{number}" for number in range(7)]
        for name in names:
            add(store, name)
        runner.wake()
        jobs = await ended(store, *names)
        assert {job.status for job in jobs} == {Status.COMPLETED}
        assert work.begun == names
        assert max(busy) <= 2
        parts = [{"part": number, "attempt": 1} for number in range(3)]
        assert store.result("job-0") == {"parts": parts}
        assert jobs[0].progress == 100


async def test_the_next_attempt_goes_on_behind_the_last_piece(tmp_path: Path) -> None:
    clock = WarpedClock()
    before = SqliteStore(tmp_path / "jobs.sqlite3", clock)
    add(before, "a")
    killed = before.claim("killed", 15.0)
    assert killed is not None
    before.save(killed, SavedPiece(0, ({"part": 0, "attempt": 1},), {}), 15.0, 30.0)
    before.close()
    clock.ahead_s = 16
    async with running(tmp_path, Course(), clock=clock) as (store, _):
        await ended(store, "a")
        parts = [{"part": 0, "attempt": 1}, {"part": 1, "attempt": 2}, {"part": 2, "attempt": 2}]
        assert store.result("a") == {"parts": parts}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotAudio("It is a picture."), Reason.API_ERROR),
        (MissingFile("It is gone."), Reason.PATH_NOT_FOUND),
    ],
)
async def test_what_is_wrong_with_the_file_ends_the_job(
    tmp_path: Path, error: Exception, reason: Reason
) -> None:
    def refuse(_claim: Claim, _number: int) -> None:
        raise error

    work = Course(at=refuse)
    async with running(tmp_path, work) as (store, _):
        add(store, "a")
        (job,) = await ended(store, "a")
        assert (job.status, job.attempt) == (Status.FAILED, 1)
        assert job.failure is not None
        assert (job.failure.reason, job.failure.message) == (reason, str(error))
        assert work.closed == ["a"]


@pytest.mark.parametrize("error", [DecodeFailed("The model broke."), ZeroDivisionError()])
async def test_a_poison_job_is_tried_three_times_and_the_others_go_on(
    tmp_path: Path, error: Exception
) -> None:
    clock = WarpedClock()

    def poison(claim: Claim, _number: int) -> None:
        if claim.job.id == "poison":
            raise error

    work = Course(at=poison)
    async with running(tmp_path, work, clock=clock) as (store, runner):
        add(store, "poison"), add(store, "good")

        def all_attempts() -> bool:
            clock.ahead_s += 60  # over the pause between two attempts
            runner.wake()
            return work.closed.count("poison") == MAX_TRIES

        await until(all_attempts)
        poisoned, good = await ended(store, "poison", "good")
        assert (poisoned.status, poisoned.attempt) == (Status.FAILED, MAX_TRIES)
        assert good.status is Status.COMPLETED
        assert poisoned.failure is not None
        expected = Reason.API_ERROR if isinstance(error, DecodeFailed) else Reason.INTERNAL
        assert poisoned.failure.reason is expected


async def test_a_job_that_gets_no_further_times_out(tmp_path: Path) -> None:
    async def hang(_claim: Claim, number: int) -> None:
        if number == 1:
            await asyncio.Event().wait()

    work = Course(at=hang)
    options = RunnerOptions(check_s=0.02, stall_s=0.1)
    async with running(tmp_path, work, options) as (store, _):
        add(store, "a")
        (job,) = await ended(store, "a")
        assert job.failure is not None
        assert job.failure.reason is Reason.TIMEOUT
        assert job.attempt == 1
        assert work.closed == ["a"]


async def test_a_runner_that_stops_hands_back_and_the_next_goes_on(tmp_path: Path) -> None:
    there = asyncio.Event()

    async def hang(_claim: Claim, number: int) -> None:
        if number == 2:
            there.set()
            await asyncio.Event().wait()

    first = Course(at=hang)
    async with running(tmp_path, first) as (store, _):
        add(store, "a")
        await there.wait()
    assert first.closed == ["a"]
    async with running(tmp_path, Course()) as (store, _):
        (job,) = await ended(store, "a")
        assert (job.attempt, job.tries) == (2, 1)
        result = store.result("a")
        assert result is not None
        assert [part["attempt"] for part in result["parts"]] == [1, 1, 2]


async def test_work_ends_whose_job_was_cancelled_in_another_process(tmp_path: Path) -> None:
    there = asyncio.Event()

    async def hang(_claim: Claim, _number: int) -> None:
        there.set()
        await asyncio.Event().wait()

    work = Course(at=hang)
    async with running(tmp_path, work) as (store, runner):
        add(store, "a")
        await there.wait()
        store.cancel("a")
        await until(lambda: runner.running == 0)
        assert work.closed == ["a"]
        assert store.get("a").status is Status.CANCELLED


async def test_a_full_disk_delays_a_result_and_loses_none(tmp_path: Path) -> None:
    """SQLite's own limit stands in for the disk's: the error is the same."""
    there, go = asyncio.Event(), asyncio.Event()

    async def wait(_claim: Claim, number: int) -> None:
        if number == 2:
            there.set()
            await go.wait()

    async with running(tmp_path, Course(at=wait)) as (store, runner):
        add(store, "a")
        await there.wait()
        connection: sqlite3.Connection = store._connection  # type: ignore[attr-defined]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        fill = (add(store, f"filler-{number}") for number in range(1000))
        with pytest.raises(DiskFull):
            list(fill)
        go.set()
        await asyncio.sleep(0)
        assert runner.running >= 1
        connection.execute("PRAGMA max_page_count = 1000000")
        (job,) = await ended(store, "a")
        assert (job.status, job.attempt) == (Status.COMPLETED, 1)


async def test_cancel_races_end_in_one_way_only(tmp_path: Path) -> None:
    """While pending, running and finishing. benchmarks/jobs.py runs 1,000 of them."""
    dice = random.Random(5)

    async def step(_claim: Claim, _number: int) -> None:
        await asyncio.sleep(0)

    work, threads = Course(at=step), Threads()
    async with running(tmp_path, work, RunnerOptions(max_jobs=4)) as (store, runner):
        service = JobService(store, JobFiles(tmp_path), threads, runner=runner)

        async def race() -> Status:
            job = await threads.run(lambda: add(store, str(uuid.uuid4())))
            runner.wake()
            await asyncio.sleep(dice.random() * 0.05)
            try:
                await service.cancel(job.id)
                expected = Status.CANCELLED
            except Conflict:
                expected = Status.COMPLETED
            assert store.get(job.id).status is expected
            assert (store.result(job.id) is not None) == (expected is Status.COMPLETED)
            return expected

        found = [
            status
            for _ in range(25)
            for status in await asyncio.gather(*[race() for _ in range(4)])
        ]
        assert set(found) == {Status.CANCELLED, Status.COMPLETED}
        await until(lambda: runner.running == 0)
        assert all(count == 0 for status, count in store.counts().items() if status not in found)
    threads.close()
