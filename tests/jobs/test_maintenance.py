"""Maintenance of jobs: expired leases end, old jobs and their files are deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.jobs.files import JobFiles
from realtime.jobs.job import Status
from realtime.jobs.maintenance import DAY_S, JobMaintenance, JobMaintenanceOptions
from realtime.jobs.store.base import NewJob
from realtime.jobs.store.sqlite import SqliteStore
from realtime.jobs.threads import Threads
from realtime.metrics import Metrics
from tests.jobs.support import WarpedClock
from tests.jobs.test_files import store as store_file


class House:
    def __init__(self, folder: Path, job_days: float = 30.0) -> None:
        self.clock, self.metrics = WarpedClock(), Metrics()
        self.files = JobFiles(folder / "uploads")
        self.store = SqliteStore(folder / "jobs.sqlite3", self.clock)
        self.maintenance = JobMaintenance(
            self.store,
            self.files,
            Threads(),
            JobMaintenanceOptions(job_days),
            self.metrics,
        )

    def add(self, job_id: str) -> str:
        file_id = store_file(self.files).file_id
        self.store.add(NewJob(job_id, file_id, {}))
        return file_id


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_an_expired_lease_ends(house: House) -> None:
    house.add("a")
    house.store.claim("killed", 15.0)
    assert not house.maintenance.turn()
    house.clock.ahead_s = 16
    assert house.maintenance.turn()
    assert house.store.get("a").status is Status.PENDING


def test_states_are_counted(house: House) -> None:
    house.add("a"), house.add("b")
    house.store.cancel("a")
    house.maintenance.turn()
    counted = {
        status: house.metrics.registry.get_sample_value("realtime_jobs", {"state": status})
        for status in Status
    }
    assert counted == dict.fromkeys(Status, 0) | {"pending": 1, "cancelled": 1}


@pytest.mark.parametrize(
    ("job_days", "left"), [(1.0, ["new", "waiting"]), (0.0, ["new", "old", "waiting"])]
)
def test_old_jobs_are_deleted_with_their_files(
    tmp_path: Path, job_days: float, left: list[str]
) -> None:
    house = House(tmp_path, job_days)
    files = {name: house.add(name) for name in ("old", "waiting", "new")}
    house.clock.ahead_s = -2 * DAY_S
    house.store.cancel("old")
    house.clock.ahead_s = 0
    house.store.cancel("new")
    house.maintenance.turn()
    _, jobs = house.store.jobs(None, 10, 0)
    assert sorted(job.id for job, _ in jobs) == left
    stored = {path.name for path in (tmp_path / "uploads").iterdir()}
    assert {name for name, file_id in files.items() if file_id in stored} == set(left)
