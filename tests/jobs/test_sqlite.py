"""What only the store in a file has: damage, locks, permissions, full disks, kill -9."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from realtime.errors import DiskFull, NotReady, SetupError
from realtime.jobs.store.base import NewJob
from realtime.jobs.store.sqlite import SqliteStore
from tests.readme import ROOT

WRITER = """
import sys
from pathlib import Path
from realtime.jobs.store.base import NewJob
from realtime.jobs.store.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
for number in range(100_000):
    store.add(NewJob(f"job-{number}", "a.wav", {}))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def test_an_acknowledged_job_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    for _ in range(3):
        path.unlink(missing_ok=True)
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(20)]
        writer.kill()
        told += [int(line) for line in writer.stdout.read().splitlines()]
        writer.stdout.close()
        writer.wait()
        store = SqliteStore(path)
        assert store.jobs(None, 0, 0)[0] >= len(told)
        assert store.get(f"job-{told[-1]}").id == f"job-{told[-1]}"
        store.close()


def test_a_damaged_file_is_reported_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    path.write_bytes(b"This is no database." * 100)
    with pytest.raises(SetupError, match="move it away"):
        SqliteStore(path)


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET schema_version = 99")
    connection.close()
    with pytest.raises(SetupError, match="later version"):
        SqliteStore(path)


def test_a_file_of_an_earlier_version_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    before = SqliteStore(path)
    before.add(NewJob("a", "a.wav", {}))
    before.delete("a")
    before.add(NewJob("b", "b.wav", {}))
    before.close()
    with sqlite3.connect(path) as connection:  # as in version 1
        for table in ("jobs", "deleted"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN submitter")
        connection.execute("ALTER TABLE jobs DROP COLUMN labels")
        connection.execute("ALTER TABLE results DROP COLUMN corrected")
        connection.execute("UPDATE meta SET schema_version = 1")
    connection.close()
    for _ in range(2):  # it migrates only once
        store = SqliteStore(path)
        assert [change.submitter for change in store.changes(0, 10)] == ["", ""]
        assert store.get("b").submitter == ""
        store.close()
    store = SqliteStore(path)
    assert store.add(NewJob("c", "c.wav", {}, submitter="me"))[0].submitter == "me"
    store.close()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="permissions"):
        SqliteStore(tmp_path / "file" / "jobs.sqlite3")


def test_a_full_disk_is_reported_and_changes_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "jobs.sqlite3")
    store._connection.execute("PRAGMA max_page_count = 1")
    new = (NewJob(f"job-{number}", "a.wav", {"filler": "x" * 1000}) for number in range(1000))
    with pytest.raises(DiskFull, match="make room"):
        list(map(store.add, new))
    total = store.jobs(None, 0, 0)[0]
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.add(NewJob("next", "a.wav", {}))
    assert store.jobs(None, 0, 0)[0] == total + 1
    store.close()


def test_a_locked_file_is_reported(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "jobs.sqlite3", busy_timeout_s=0.05)
    other = sqlite3.connect(tmp_path / "jobs.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotReady, match="busy"):
        store.add(NewJob("a", "a.wav", {}))
    assert store.version() == 0  # readers do not wait
    other.execute("ROLLBACK")
    other.close()
    store.add(NewJob("a", "a.wav", {}))
    store.close()
