"""Hours used by each key: by day, over restarts, and of several processes together."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from realtime.errors import LimitReached
from realtime.keys.holder import Quota, named
from realtime.keys.quotas import Quotas
from realtime.keys.usage import DAY_S, KEPT_DAYS, RESERVED_S, Usage, used_today
from realtime.metrics import Metrics
from tests.engine.support import Clock


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = 20_000 * DAY_S + 60.0
    return clock


def usage(path: Path | None, clock: Clock) -> Usage:
    return Usage(path, lambda: clock.now)


def test_live_and_files_add_up_by_owner(tmp_path: Path, clock: Clock) -> None:
    counts = usage(tmp_path / "usage", clock)
    assert counts.add("alice", "live", 1.5) == 1.5
    assert counts.add("alice", "file", 2.0) == 3.5
    assert counts.add("bob", "live", 1.0) == 1.0
    counts.write()
    assert (counts.used_s("alice"), counts.used_s("bob"), counts.used_s("carol")) == (3.5, 1.0, 0.0)
    assert counts.add("alice", "live", 1.0) == 4.5


def test_a_restart_loses_nothing_that_was_written(tmp_path: Path, clock: Clock) -> None:
    counts = usage(tmp_path / "usage", clock)
    counts.add("alice", "live", 10.0)
    counts.write()
    counts.write()
    assert usage(tmp_path / "usage", clock).used_s("alice") == 10.0


def test_processes_that_share_the_file_are_added_up(tmp_path: Path, clock: Clock) -> None:
    one, other = usage(tmp_path / "usage", clock), usage(tmp_path / "usage", clock)
    one.add("alice", "live", 10.0)
    other.add("alice", "file", 5.0)
    one.write()
    other.write()
    assert other.used_s("alice") == 15.0
    one.write()
    assert one.used_s("alice") == 15.0


@pytest.mark.parametrize("kept", [True, False])
def test_a_new_day_begins_with_nothing_used(tmp_path: Path, clock: Clock, kept: bool) -> None:
    counts = usage(tmp_path / "usage" if kept else None, clock)
    counts.add("alice", "live", 10.0)
    assert counts.until_tomorrow_s == DAY_S - 60.0
    clock.now += DAY_S
    assert counts.used_s("alice") == 0.0
    assert counts.add("alice", "live", 1.0) == 1.0
    counts.write()
    assert counts.used_s("alice") == 1.0


def test_days_are_stored_for_a_bill_and_no_longer(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "usage"
    counts = usage(path, clock)
    counts.add("alice", "live", 10.0)
    counts.write()

    def days() -> int:
        connection = sqlite3.connect(path)
        try:
            [[number]] = connection.execute("SELECT count(*) FROM usage").fetchall()
            return int(number)
        finally:
            connection.close()

    clock.now += KEPT_DAYS * DAY_S
    counts.write()
    assert days() == 1
    clock.now += DAY_S
    counts.write()
    assert days() == 0


def test_amounts_that_cannot_be_written_are_written_later(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "away"
    folder.mkdir()
    counts = usage(folder / "usage", clock)
    counts.add("alice", "live", 10.0)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(sqlite3.Error):
        counts.write()
    assert counts.add("alice", "live", 1.0) == 11.0
    (tmp_path / "elsewhere").rename(folder)
    counts.write()
    assert usage(folder / "usage", clock).used_s("alice") == 11.0


def test_the_command_shows_what_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "usage"
    assert used_today(path) == {}
    counts = Usage(path)
    counts.add("alice", "live", 10.0)
    counts.write()
    assert used_today(path) == {"alice": 10.0}


def test_a_claim_sees_what_other_processes_use_and_reserve(tmp_path: Path, clock: Clock) -> None:
    one, other = usage(tmp_path / "usage", clock), usage(tmp_path / "usage", clock)
    one.add("alice", "live", 10.0)
    assert one.claim("alice", 100.0) == 10.0
    assert other.claim("alice", 50.0) == 110.0
    assert other.claim("bob", 1.0) == 0.0
    assert one.claim("alice", 1.0) == 160.0
    assert one.reserved_s("alice") == 151.0
    assert other.used_s("alice") == 10.0, "reservations are not used yet"


def test_reserved_hours_are_free_again_when_the_file_is_counted(
    tmp_path: Path, clock: Clock
) -> None:
    one, other = usage(tmp_path / "usage", clock), usage(tmp_path / "usage", clock)
    one.claim("alice", 100.0)
    one.add("alice", "file", 60.0)
    one.reserve("alice", -100.0)
    assert other.claim("alice", 1.0) == 100.0, "not written yet"
    one.write()
    assert other.claim("alice", 1.0) == 61.0


def test_reservations_of_a_killed_process_expire(tmp_path: Path, clock: Clock) -> None:
    killed, other = usage(tmp_path / "usage", clock), usage(tmp_path / "usage", clock)
    killed.claim("alice", 100.0)
    clock.now += RESERVED_S - 1
    assert other.claim("alice", 1.0) == 100.0
    clock.now += 1
    assert other.claim("alice", 1.0) == 1.0


def test_long_files_stay_reserved_while_their_process_writes(tmp_path: Path, clock: Clock) -> None:
    one, other = usage(tmp_path / "usage", clock), usage(tmp_path / "usage", clock)
    one.claim("alice", 100.0)
    for _ in range(3):
        clock.now += RESERVED_S - 1
        one.write()
    assert other.claim("alice", 1.0) == 100.0


@pytest.mark.parametrize("kept", [True, False])
def test_a_claim_needs_no_disk(tmp_path: Path, clock: Clock, kept: bool) -> None:
    folder = tmp_path / "away"
    folder.mkdir()
    counts = usage(folder / "usage" if kept else None, clock)
    folder.rename(tmp_path / "elsewhere")
    assert counts.claim("alice", 100.0) == 0.0
    assert counts.claim("alice", 1.0) == 100.0


CLAIMS = 3
ALICE = named("alice", Quota(audio_hours=0.5))


def accepted(path: Path) -> int:
    """How many of several files of 1,000 s one process accepts."""
    quotas, count = Quotas(lambda: [ALICE], Usage(path), Metrics()), 0
    for _ in range(CLAIMS):
        try:
            quotas.claim(ALICE.owner, 1_000.0)
        except LimitReached:
            continue
        count += 1
    return count


def test_processes_together_accept_no_more_than_the_quota(tmp_path: Path) -> None:
    """Half an hour holds one file of 1,000 s, and a second one may use more than is left."""
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        each = list(processes.map(accepted, [tmp_path / "usage"] * 6))
    assert sum(each) == 2
