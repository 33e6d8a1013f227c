"""Live sessions that users store on the server: descriptions and lines, in one SQLite file.

A line is the page's own JSON, stored and returned as it is. Deleted data is overwritten on disk.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from realtime.errors import DiskFull, LimitReached, NotFound

MOST_SESSIONS = 2_000
"""Limit per owner."""
MOST_LINES = 20_000
"""Limit per session: a day of speech."""
A_PAGE = 200
"""Lines per read; each has at most 64 KiB, and mostly some hundred bytes."""
DAY_S = 24 * 3600.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (owner TEXT, id TEXT, about TEXT NOT NULL,
    changed REAL NOT NULL, PRIMARY KEY (owner, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lines (owner TEXT, session TEXT, n INTEGER, line TEXT NOT NULL,
    PRIMARY KEY (owner, session, n)) WITHOUT ROWID;
"""
Lines = Sequence[tuple[int, str]]
"""Number of the line in its session, and its JSON."""


class SessionArchive:
    """One database. Every call blocks for as long as the disk takes, and may raise DiskFull."""

    def __init__(
        self,
        path: Path,
        days: float,
        clock: Callable[[], float] = time.time,
        most_sessions: int = MOST_SESSIONS,
    ) -> None:
        """`days`: after this time without a change, a session is deleted. `most_sessions`: per
        owner. Opens nothing yet."""
        self.days = days
        self._most_sessions = most_sessions
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the database; a later call opens it again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def all(self, owner: str) -> list[str]:
        """The descriptions of all sessions as JSON, the last changed first."""
        with self._database() as run:
            found = run.execute(
                "SELECT about FROM sessions WHERE owner = ? AND changed >= ? ORDER BY changed DESC",
                (owner, self._oldest),
            )
            return [about for (about,) in found]

    def get(self, owner: str, session: str) -> str:
        """The description of a session as JSON. Raises NotFound."""
        with self._database() as run:
            return self._about(run, owner, session)

    def lines(self, owner: str, session: str, first: int = 0) -> list[tuple[int, str]]:
        """The lines from number `first` on, at most `A_PAGE`. Raises NotFound."""
        with self._database() as run:
            self._about(run, owner, session)
            return run.execute(
                "SELECT n, line FROM lines WHERE owner = ? AND session = ? AND n >= ? "
                f"ORDER BY n LIMIT {A_PAGE}",
                (owner, session, first),
            ).fetchall()

    def put(
        self, owner: str, session: str, about: str, lines: Lines, count: int = MOST_LINES
    ) -> None:
        """Store a session and its new or changed lines; delete lines from number `count` on. Raises
        LimitReached."""
        with self._database() as run:
            (others,) = run.execute(
                "SELECT count(*) FROM sessions WHERE owner = ? AND id != ?", (owner, session)
            ).fetchone()
            if others >= self._most_sessions:
                raise LimitReached(
                    "Too many sessions are stored on the server: delete some first.",
                    reason="sessions",
                )
            run.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "about = excluded.about, changed = excluded.changed",
                (owner, session, about, self._clock()),
            )
            run.executemany(
                "INSERT INTO lines VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "line = excluded.line",
                [(owner, session, n, line) for n, line in lines],
            )
            run.execute(
                "DELETE FROM lines WHERE owner = ? AND session = ? AND n >= ?",
                (owner, session, count),
            )

    def delete(self, owner: str, session: str) -> None:
        """Delete a session with its lines. Raises NotFound."""
        with self._database() as run:
            self._about(run, owner, session)
            run.execute("DELETE FROM sessions WHERE owner = ? AND id = ?", (owner, session))
            run.execute("DELETE FROM lines WHERE owner = ? AND session = ?", (owner, session))

    def sweep(self) -> None:
        """Delete sessions without a change for `days`."""
        with self._database() as run:
            run.execute("DELETE FROM sessions WHERE changed < ?", (self._oldest,))
            run.execute(
                "DELETE FROM lines WHERE NOT EXISTS (SELECT 1 FROM sessions "
                "WHERE sessions.owner = lines.owner AND sessions.id = lines.session)"
            )

    @property
    def _oldest(self) -> float:
        return self._clock() - self.days * DAY_S

    def _about(self, run: sqlite3.Connection, owner: str, session: str) -> str:
        found = run.execute(
            "SELECT about FROM sessions WHERE owner = ? AND id = ? AND changed >= ?",
            (owner, session, self._oldest),
        ).fetchone()
        if found is None:
            raise NotFound(
                "There is no such session on the server: it was deleted, or it was too old."
            )
        about: str = found[0]
        return about

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed as a whole or not at all."""
        try:
            with self._lock:
                self._opened = self._opened or self._open()
                with self._opened:
                    yield self._opened
        except (OSError, sqlite3.Error) as error:
            raise DiskFull(f"Sessions cannot be stored ({error}): see STT_DATA_DIR.") from error

    def _open(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's own mode is wider
        connection = sqlite3.connect(self._path, check_same_thread=False)
        connection.execute("PRAGMA secure_delete = ON")
        connection.executescript(_SCHEMA)
        return connection
