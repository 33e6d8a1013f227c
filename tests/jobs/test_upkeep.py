"""What keeps jobs going: old ones go, lost ids are sent again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from realtime.jobs.carrier import CarrierDown
from realtime.jobs.files import JobFiles
from realtime.jobs.job import Status
from realtime.jobs.store.base import NewJob
from realtime.jobs.store.sqlite import SqliteStore
from realtime.jobs.threads import Threads
from realtime.jobs.upkeep import DAY_S, RESEND_S, Upkeep, UpkeepOptions
from realtime.metrics import Metrics
from tests.jobs.support import WarpedClock
from tests.jobs.test_files import store as store_file


class List:
    """A carrier that anyone can look into; it forgets nothing unless it is told to."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.down = False

    def send(self, job_ids: Sequence[str]) -> None:
        if self.down:
            raise CarrierDown("down")
        self.ids += job_ids

    def waiting(self) -> int:
        return len(self.ids)

    def close(self) -> None:
        pass


class House:
    def __init__(self, folder: Path, job_days: float = 30.0) -> None:
        self.clock, self.carrier, self.metrics = WarpedClock(), List(), Metrics()
        self.files = JobFiles(folder / "uploads")
        self.store = SqliteStore(folder / "jobs.sqlite3", self.clock)
        self.upkeep = Upkeep(
            self.store,
            self.files,
            Threads(),
            UpkeepOptions(job_days),
            self.metrics,
            carrier=self.carrier,
        )

    def add(self, job_id: str) -> str:
        file_id = store_file(self.files).file_id
        self.store.add(NewJob(job_id, file_id, {}))
        return file_id


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_ids_are_sent_once_until_they_are_lost(house: House) -> None:
    house.add("a"), house.add("b")
    for _ in range(3):
        house.upkeep.turn()
    assert house.carrier.ids == ["a", "b"]
    house.clock.ahead_s = RESEND_S
    house.upkeep.turn()
    assert house.carrier.ids == ["a", "b"]  # a long queue is no loss
    house.carrier.ids.clear()
    house.upkeep.turn()
    assert house.carrier.ids == ["a", "b"]


def test_what_could_not_be_sent_is_sent_later(house: House) -> None:
    house.add("a")
    house.carrier.down = True
    with pytest.raises(CarrierDown):
        house.upkeep.turn()
    house.carrier.down = False
    house.upkeep.turn()
    assert house.carrier.ids == ["a"]


def test_a_lease_that_ran_out_is_sent_again(house: House) -> None:
    house.add("a")
    house.upkeep.turn()
    house.store.claim("killed", 15.0)
    assert not house.upkeep.turn()
    house.clock.ahead_s = 16
    assert house.upkeep.turn()
    assert house.carrier.ids == ["a", "a"]


def test_states_are_counted(house: House) -> None:
    house.add("a"), house.add("b")
    house.store.cancel("a")
    house.upkeep.turn()
    counted = {
        status: house.metrics.registry.get_sample_value("realtime_jobs", {"state": status})
        for status in Status
    }
    assert counted == dict.fromkeys(Status, 0) | {"pending": 1, "cancelled": 1}


@pytest.mark.parametrize(
    ("job_days", "left"), [(1.0, ["new", "waiting"]), (0.0, ["new", "old", "waiting"])]
)
def test_old_jobs_go_with_their_files(tmp_path: Path, job_days: float, left: list[str]) -> None:
    house = House(tmp_path, job_days)
    files = {name: house.add(name) for name in ("old", "waiting", "new")}
    house.clock.ahead_s = -2 * DAY_S
    house.store.cancel("old")
    house.clock.ahead_s = 0
    house.store.cancel("new")
    house.upkeep.turn()
    _, jobs = house.store.jobs(None, 10, 0)
    assert sorted(job.id for job, _ in jobs) == left
    stored = {path.name for path in (tmp_path / "uploads").iterdir()}
    assert {name for name, file_id in files.items() if file_id in stored} == set(left)
