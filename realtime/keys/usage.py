"""Counts how much audio each key used on each day, stored across restarts in a small SQLite file.

Several processes may share the file: their amounts are added up. A killed process loses what it did
not write yet, at most `WRITE_EVERY_S` of it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["live", "file"]

WRITE_EVERY_S = 5.0
"""How often `Usage.write` is called by the code that runs the process."""
KEPT_DAYS = 62
"""How long amounts are stored: enough to bill the previous month."""
BUSY_S = 10.0
"""How long to wait for another process that is writing."""
DAY_S = 86_400

_SCHEMA = """CREATE TABLE IF NOT EXISTS usage (
    day INTEGER NOT NULL, owner TEXT NOT NULL, kind TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (day, owner, kind)
) WITHOUT ROWID"""
_ADD = """INSERT INTO usage (day, owner, kind, seconds) VALUES (?, ?, ?, ?)
    ON CONFLICT (day, owner, kind) DO UPDATE SET seconds = seconds + excluded.seconds"""
_USED = "SELECT owner, sum(seconds) FROM usage WHERE day = ? GROUP BY owner"

_Amounts: TypeAlias = dict[tuple[int, str, str], float]
"""(day, owner, kind) → seconds of audio."""


class Usage:
    """Seconds of audio by owner and day (UTC). Safe to use from any thread."""

    def __init__(self, path: Path | None, now: Callable[[], float] = time.time) -> None:
        """`path`: of the file; None: amounts are lost with the process. `now`: seconds since 1970.
        Blocks for as long as the disk takes; raises `sqlite3.Error`."""
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._disk = threading.Lock()
        """Held while the file is written; taken before `_lock`."""
        self._read: dict[str, float] = {}
        """Owner → seconds used on `_day`, as last read from the file."""
        self._day = self.today
        self._added: _Amounts = {}
        self._writing: _Amounts = {}
        self.write()

    @property
    def today(self) -> int:
        """Days since 1970."""
        return int(self._now() // DAY_S)

    @property
    def until_tomorrow_s(self) -> float:
        return DAY_S - self._now() % DAY_S

    def add(self, owner: str, kind: Kind, seconds: float) -> float:
        """Add seconds of audio; → seconds that the owner has used today."""
        with self._lock:
            key = (self.today, owner, kind)
            self._added[key] = self._added.get(key, 0.0) + seconds
            return self._used_s(owner)

    def used_s(self, owner: str) -> float:
        """Seconds of audio that the owner has used today."""
        with self._lock:
            return self._used_s(owner)

    def write(self) -> None:
        """Write what was added to the file, and read what other processes added. Blocks; raises
        `sqlite3.Error`, after which nothing is lost."""
        if self._path is not None:
            with self._disk:
                self._write(self._path)

    def _write(self, path: Path) -> None:
        with self._lock:
            self._writing, self._added = self._added, {}
        read, today = None, self.today
        try:
            read = _exchange(path, self._writing, today)
        finally:
            with self._lock:
                if read is None:
                    for key, seconds in self._writing.items():
                        self._added[key] = self._added.get(key, 0.0) + seconds
                else:
                    self._day, self._read = today, read
                self._writing = {}

    def _used_s(self, owner: str) -> float:
        today = self.today
        if self._day != today:  # a new day begins, with nothing used
            self._day, self._read = today, {}
            if self._path is None:
                self._added = {key: used for key, used in self._added.items() if key[0] == today}
        keys = [(today, owner, kind) for kind in get_args(Kind)]
        unread = sum(part.get(key, 0.0) for part in (self._added, self._writing) for key in keys)
        return self._read.get(owner, 0.0) + unread


def used_today(path: Path) -> dict[str, float]:
    """Owner → seconds of audio used today, according to the file; empty where there is none."""
    return _exchange(path, {}, int(time.time() // DAY_S)) if path.exists() else {}


def _exchange(path: Path, added: _Amounts, day: int) -> dict[str, float]:
    """Add amounts to the file, and return owner → seconds used on that day."""
    with _opened(path) as connection:
        connection.executemany(_ADD, [(*key, seconds) for key, seconds in added.items()])
        connection.execute("DELETE FROM usage WHERE day < ?", (day - KEPT_DAYS,))
        return dict(connection.execute(_USED, (day,)).fetchall())


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction."""
    connection = sqlite3.connect(path, timeout=BUSY_S)
    try:
        with connection:
            connection.execute(_SCHEMA)
            yield connection
    finally:
        connection.close()
