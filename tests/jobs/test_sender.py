"""Ids are sent once, and again if the carrier has lost them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from realtime.jobs.carrier import CarrierDown
from realtime.jobs.sender import RESEND_S, JobSender
from realtime.jobs.store.sqlite import SqliteStore
from tests.jobs.stored import BROKEN, LEASE_S, add
from tests.jobs.support import WarpedClock


class List:
    """A carrier whose contents tests can see; it loses nothing unless a test says so."""

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
    def __init__(self, folder: Path) -> None:
        self.clock, self.carrier = WarpedClock(), List()
        self.store = SqliteStore(folder / "jobs.sqlite3", self.clock)
        self.sender = JobSender(self.store, self.carrier)

    def add(self, job_id: str) -> None:
        add(self.store, job_id)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_ids_are_sent_once_unless_they_are_lost(house: House) -> None:
    house.add("a")
    house.add("b")
    for _ in range(3):
        house.sender.turn()
    assert house.carrier.ids == ["a", "b"]
    house.clock.ahead_s = RESEND_S
    house.sender.turn()
    assert house.carrier.ids == ["a", "b"]  # a long queue does not mean a loss
    house.carrier.ids.clear()
    house.sender.turn()
    assert house.carrier.ids == ["a", "b"]


def test_an_id_that_could_not_be_sent_is_sent_later(house: House) -> None:
    house.add("a")
    house.carrier.down = True
    with pytest.raises(CarrierDown):
        house.sender.turn()
    house.carrier.down = False
    house.sender.turn()
    assert house.carrier.ids == ["a"]


def test_a_job_that_waits_again_is_sent_again(house: House) -> None:
    house.add("a")
    house.sender.turn()
    claim = house.store.claim("worker", LEASE_S)
    assert claim is not None
    house.store.lose(claim, BROKEN)
    house.sender.turn()
    assert house.carrier.ids == ["a"]  # it pauses
    house.clock.ahead_s = 5
    house.sender.turn()
    assert house.carrier.ids == ["a", "a"]
