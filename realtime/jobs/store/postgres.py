"""Jobs in PostgreSQL, for workers on any number of machines. Leases use the database's clock."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.rows import dict_row

from realtime.errors import DiskFull, NotReady, RealtimeError, SetupError
from realtime.jobs.store.rows import Row, Run
from realtime.jobs.store.schema import TABLES, bring_up_to_date
from realtime.jobs.store.sql import SqlStore

CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_MS = 20_000
"""Statements take milliseconds; one that takes this long waits for a process that hangs."""
SETUP_LOCK = 7_262_411
"""An arbitrary key of the advisory lock under which only one process creates the tables."""


class PostgresStore(SqlStore):
    """A job store in the database of `url`. A broken connection is opened anew at the next call."""

    def __init__(self, url: str, clock: Callable[[], float] | None = None) -> None:
        """`url`: postgresql://…; `clock`: replaces the database's. Raises SetupError."""
        self._url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Row] | None = None
        try:
            with self._writing() as run:
                run("SELECT pg_advisory_xact_lock(:lock)", {"lock": SETUP_LOCK})
                for statement in TABLES:
                    run(statement, {})
                known = bring_up_to_date(run)
        except RealtimeError as error:
            raise SetupError(
                f"The job database cannot be used ({error.__cause__}): correct --job-store, or "
                "start that PostgreSQL server."
            ) from error
        if not known:
            self.close()
            raise SetupError(
                "The job database was made by a later version of this program: use that version, "
                "or another database (--job-store)."
            )

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _reading(self) -> Iterator[Run]:
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as run:
            yield run

    @contextmanager
    def _writing(self) -> Iterator[Run]:
        # Each statement sees the commits before it: once `meta` is locked, those of all writers.
        with self._transaction("BEGIN ISOLATION LEVEL READ COMMITTED") as run:
            yield run

    def _now(self, run: Run) -> float:
        if self._clock is not None:
            return self._clock()
        return float(run("SELECT extract(epoch FROM clock_timestamp()) AS now", {})[0]["now"])

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Run]:
        with self._lock:
            try:
                connection = self._begun(begin)
                yield lambda statement, values: _run(connection, statement, values)
                connection.execute("COMMIT")
            except psycopg.Error as error:
                raise _explained(error) from error
            finally:
                self._end_transaction()

    def _begun(self, begin: str) -> psycopg.Connection[Row]:
        """A connection in a new transaction. One that broke while idle is replaced first."""
        connection = self._connected()
        try:
            connection.execute(begin)
        except psycopg.OperationalError:
            if not connection.closed:
                raise
            connection = self._connected()
            connection.execute(begin)
        return connection

    def _connected(self) -> psycopg.Connection[Row]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                row_factory=dict_row,
                connect_timeout=CONNECT_TIMEOUT_S,
                options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
            )
        return self._connection

    def _end_transaction(self) -> None:
        """Roll back; drop a connection that no longer answers."""
        connection = self._connection
        if connection is None or connection.info.transaction_status == _IDLE:
            return
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()


_IDLE = psycopg.pq.TransactionStatus.IDLE


def _run(
    connection: psycopg.Connection[Row], statement: str, values: Mapping[str, Any]
) -> list[Row]:
    cursor = connection.execute(_in_their_style(statement), values)
    return cursor.fetchall() if cursor.description is not None else []


@lru_cache(maxsize=256)
def _in_their_style(statement: str) -> bytes:
    """`:name` → `%(name)s`."""
    return re.sub(r":(\w+)", r"%(\1)s", statement).encode()


def _explained(error: psycopg.Error) -> RealtimeError:
    if isinstance(error, psycopg.errors.DiskFull):
        return DiskFull("The disk of the job database is full: make room and try again.")
    return NotReady("The job database does not answer: try again in a moment.", retry_after_s=5.0)
