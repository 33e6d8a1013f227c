"""kill -9 at the worst moments: no job is lost, and none has two results.

benchmarks/jobs/survival.py does the same twenty times among a hundred jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.support import SAMPLES
from tests.jobs.processes import House, house, repeated, submit, upload
from tests.jobs.servers import Redis, redis_server
from tests.waiting import until

SAMPLE = SAMPLES["en-call"]
TIMES = 30
"""Repetitions of the recording in the first job: minutes of audio, seconds of work."""
MARKS = ("good morning", "alice", "reach me")
"""Words from its beginning, middle and end, but not its telephone number; see below."""


@pytest.fixture
def redis_running() -> Iterator[Redis]:
    with redis_server() as server:
        yield server


def holders(place: House) -> dict[str, int]:
    """Running jobs → attempt."""
    return dict(place.ask("SELECT id, attempt FROM jobs WHERE status = 'processing'"))


def add_jobs(place: House, count: int) -> list[str]:
    """Add jobs of one long file and of a short one."""
    files = [upload(place.url, f"{times}.wav", repeated(SAMPLE, times)) for times in (TIMES, 1)]
    return [submit(place.url, files[min(n, 1)], f"key-{n}", "en") for n in range(count)]


def some_pieces(place: House) -> bool:
    return bool(place.ask("SELECT 1 FROM pieces LIMIT 1"))


def all_was_heard(place: House, job_ids: list[str]) -> None:
    """Check that each repetition is in the transcript exactly once. (With or without kills, the
    demo model sometimes gets one of thirty telephone numbers wrong.)"""
    rows = dict(place.ask("SELECT job_id, result FROM results"))
    assert set(rows) == set(job_ids)
    for number, job_id in enumerate(job_ids):
        text = json.loads(rows[job_id])["text"].lower()
        assert [text.count(word) for word in MARKS] == [1 if number else TIMES] * len(MARKS)
    assert place.ask("SELECT COUNT(*) FROM pieces") == [(0,)]


@pytest.mark.slow
def test_a_killed_server_continues_after_the_last_checkpoint(tmp_path: Path) -> None:
    with house(tmp_path) as place:
        server = place.server()
        server.start()
        job_ids = add_jobs(place, 3)
        until(lambda: some_pieces(place), "no checkpoint")
        server.kill()
        held = holders(place)
        pieces = place.ask("SELECT job_id, COUNT(*) FROM pieces GROUP BY job_id")
        assert held
        server.start()
        until(lambda: place.waiting() == 0, server.log.read_text()[-3000:])
        all_was_heard(place, job_ids)
        attempts = dict(place.ask("SELECT id, attempt FROM jobs"))
        assert all(attempts[job_id] == 2 for job_id in held)
        told = server.log.read_text()
        assert all(f"job={job_id} pieces={count}" in told for job_id, count in pieces)
        assert server.stop() == 0


@pytest.mark.slow
def test_every_job_is_done_once_although_workers_and_redis_are_killed(
    tmp_path: Path, redis_running: Redis
) -> None:
    with house(tmp_path, redis_running.url) as place:
        server, workers = place.server(), [place.worker(), place.worker()]
        for program in (server, *workers):
            program.start(wait=False)
        for program in (server, *workers):
            program.wait_ready()
        job_ids = add_jobs(place, 6)
        until(lambda: some_pieces(place), "no checkpoint")
        ((owner,),) = place.ask("SELECT owner FROM jobs WHERE id = ?", job_ids[0])
        killed, other = sorted(workers, key=lambda worker: f":{worker.pid}:" not in owner)
        killed.kill()
        redis_running.kill()
        redis_running.start()
        until(lambda: place.waiting() == 0, other.log.read_text()[-3000:])
        all_was_heard(place, job_ids)
        ((attempt, now),) = place.ask("SELECT attempt, owner FROM jobs WHERE id = ?", job_ids[0])
        assert (attempt, f":{other.pid}:" in now) == (2, True)
        assert other.stop() == 0
