"""Counts how much audio each key used on each day, stored across restarts in a small SQLite file.

Several processes may share the file: their amounts are added up, and each sees what the others have
reserved. A killed process loses what it did not write yet, at most `WRITE_EVERY_S` of it.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["live", "file"]

WRITE_EVERY_S = 5.0
"""How often `Usage.write` is called by the code that runs the process."""
KEPT_DAYS = 62
"""How long amounts are stored: enough to bill the previous month."""
BUSY_S = 10.0
"""How long to wait for another process that is writing."""
RESERVED_S = 12 * WRITE_EVERY_S
"""How long a process's reservations count after it last wrote. A process whose disk is slow misses
several writes; a killed one must not block its keys for long."""
DAY_S = 86_400

_USAGE = """CREATE TABLE IF NOT EXISTS usage (
    day INTEGER NOT NULL, owner TEXT NOT NULL, kind TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (day, owner, kind)
) WITHOUT ROWID"""
_RESERVED = """CREATE TABLE IF NOT EXISTS reserved (
    process TEXT NOT NULL, owner TEXT NOT NULL, seconds REAL NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (process, owner)
) WITHOUT ROWID"""
_ADD = """INSERT INTO usage (day, owner, kind, seconds) VALUES (?, ?, ?, ?)
    ON CONFLICT (day, owner, kind) DO UPDATE SET seconds = seconds + excluded.seconds"""
_USED = "SELECT owner, sum(seconds) FROM usage WHERE day = ? GROUP BY owner"
_FORGET = "DELETE FROM reserved WHERE process = ? OR until <= ?"
_RESERVE = "INSERT INTO reserved (process, owner, seconds, until) VALUES (?, ?, ?, ?)"
_OTHERS = "SELECT owner, sum(seconds) FROM reserved WHERE process != ? GROUP BY owner"

_Amounts: TypeAlias = dict[tuple[int, str, str], float]
"""(day, owner, kind) → seconds of audio."""
_Seconds: TypeAlias = dict[str, float]
"""Owner → seconds of audio."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the file holds of all processes."""

    used: _Seconds = field(default_factory=dict)
    """On one day."""
    others: _Seconds = field(default_factory=dict)
    """Reserved by other processes."""


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
        self._process = secrets.token_hex(8)
        """Whose reservations are whose in the file: unlike a process's id, never used again."""
        self._read = _Stored()
        """As last read from the file, `used` on `_day`."""
        self._day = self.today
        self._reserved: _Seconds = {}
        """By this process."""
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

    def reserved_s(self, owner: str) -> float:
        """Seconds that all processes have reserved for the owner; other processes' as last read."""
        with self._lock:
            return self._reserved.get(owner, 0.0) + self._read.others.get(owner, 0.0)

    def reserve(self, owner: str, seconds: float) -> None:
        """Reserve seconds of audio for the owner; negative: give them back. Other processes see it
        after the next `write`."""
        with self._lock:
            self._reserve(owner, seconds)

    def claim(self, owner: str, seconds: float) -> float:
        """Reserve seconds in the file at once; → seconds that all processes had used and reserved
        before. Of two that claim at the same time, the second sees the first. Blocks.

        Where the file cannot be written, what was last read counts; `write` reports that.
        """
        with self._disk:
            with self._lock:
                own_s = self._reserved.get(owner, 0.0)
                self._reserve(owner, seconds)
            if self._path is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._write(self._path)
            with self._lock:
                return self._used_s(owner) + self._read.others.get(owner, 0.0) + own_s

    def write(self) -> None:
        """Write what was added and reserved to the file, and read what other processes did. Blocks;
        raises `sqlite3.Error`, after which nothing is lost."""
        if self._path is not None:
            with self._disk:
                self._write(self._path)

    def _write(self, path: Path) -> None:
        with self._lock:
            self._writing, self._added = self._added, {}
            reserved = dict(self._reserved)
        read, today, now = None, self.today, self._now()
        rows = [(self._process, *item, now + RESERVED_S) for item in reserved.items()]
        try:
            with _opened(path) as connection:
                _add(connection, self._writing, today)
                connection.execute(_FORGET, (self._process, now))
                connection.executemany(_RESERVE, rows)
                others = connection.execute(_OTHERS, (self._process,)).fetchall()
                read = _Stored(_used(connection, today), dict(others))
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
            self._day, self._read = today, _Stored(others=self._read.others)
            if self._path is None:
                self._added = {key: used for key, used in self._added.items() if key[0] == today}
        keys = [(today, owner, kind) for kind in get_args(Kind)]
        unread = sum(part.get(key, 0.0) for part in (self._added, self._writing) for key in keys)
        return self._read.used.get(owner, 0.0) + unread

    def _reserve(self, owner: str, seconds: float) -> None:
        reserved_s = self._reserved.get(owner, 0.0) + seconds
        if reserved_s < 1e-3:  # sums of floats need not reach 0
            self._reserved.pop(owner, None)
        else:
            self._reserved[owner] = reserved_s


def used_today(path: Path) -> dict[str, float]:
    """Owner → seconds of audio used today, according to the file; empty where there is none."""
    if not path.exists():
        return {}
    with _opened(path) as connection:
        return _used(connection, int(time.time() // DAY_S))


def _add(connection: sqlite3.Connection, added: _Amounts, today: int) -> None:
    """Add amounts, and forget days that are too old. Takes the file's write lock, so that what is
    read in the same transaction is what counts."""
    connection.execute("DELETE FROM usage WHERE day < ?", (today - KEPT_DAYS,))
    connection.executemany(_ADD, [(*key, seconds) for key, seconds in added.items()])


def _used(connection: sqlite3.Connection, day: int) -> _Seconds:
    return dict(connection.execute(_USED, (day,)).fetchall())


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction."""
    connection = sqlite3.connect(path, timeout=BUSY_S)
    try:
        with connection:
            connection.execute(_USAGE)
            connection.execute(_RESERVED)
            yield connection
    finally:
        connection.close()
