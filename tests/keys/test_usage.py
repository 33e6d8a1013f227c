"""Hours used by each key: by day, over restarts, and of several processes together."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from realtime.keys.usage import DAY_S, KEPT_DAYS, Usage, used_today
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
