"""Jobs in one SQLite file, for one machine with any number of processes.

With WAL and `synchronous=FULL`, a change survives kill -9 and a power cut once its call returns.
The file must be on a local disk, since the locks of WAL do not work over a network.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from realtime.errors import DiskFull, NotReady, RealtimeError, SetupError
from realtime.jobs.store.rows import Row, Run
from realtime.jobs.store.schema import TABLES, bring_up_to_date
from realtime.jobs.store.sql import SqlStore

BUSY_TIMEOUT_S = 10.0
"""How long a call waits while another process writes; writes take milliseconds."""

PRIVATE = 0o600


class SqliteStore(SqlStore):
    """A job store in the file `path`."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.time,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> None:
        """`clock`: seconds since 1970. `busy_timeout_s`: how long another writer is waited for.

        Raises SetupError where the file cannot be used."""
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(path)
            self._connection = _open(path, busy_timeout_s)
            with self._writing() as run:
                for statement in TABLES:
                    run(statement, {})
                known = bring_up_to_date(run)
        except (OSError, sqlite3.Error, RealtimeError) as error:
            raise SetupError(
                f"The job database {path} cannot be used ({error}): correct the permissions or "
                "make room; if it is damaged, move it away, and a new one is created."
            ) from error
        if not known:
            self.close()
            raise SetupError(
                f"The job database {path} was made by a later version of this program: use that "
                "version, or another folder (--data-dir)."
            )

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[Run]:
        with self._transaction("BEGIN DEFERRED") as run:
            yield run

    @contextmanager
    def _writing(self) -> Iterator[Run]:
        with self._transaction("BEGIN IMMEDIATE") as run:
            yield run

    def _now(self, run: Run) -> float:
        return self._clock()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Run]:
        connection = self._connection

        def run(statement: str, values: Mapping[str, Any]) -> list[Row]:
            return [dict(row) for row in connection.execute(statement, dict(values))]

        with self._lock:
            try:
                connection.execute(begin)
                yield run
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise _explained(error, self._path) from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def _make_private(path: Path) -> None:
    """Let only this user read the file, since results are transcripts. SQLite gives the same mode
    to the files that it creates beside it; those of an earlier version get it here."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE))
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # missing, or another user's
            os.chmod(f"{path}{suffix}", PRIVATE)


def _open(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _explained(error: sqlite3.Error, path: Path) -> RealtimeError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return DiskFull(f"The disk of {path.parent} is full: make room and try again.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return NotReady("The job database is busy: try again in a moment.", retry_after_s=2.0)
    return NotReady(
        f"The job database {path} cannot be used ({error}): check that its disk works and that "
        "this process may write there.",
        retry_after_s=10.0,
    )
