"""Job stores of every kind, for tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from realtime.jobs.store.base import JobStore
from realtime.jobs.store.postgres import PostgresStore
from realtime.jobs.store.sqlite import SqliteStore
from tests.engine.support import Clock
from tests.jobs.servers import Redis, postgres, redis_server
from tests.jobs.support import Place

OpenStore = Callable[[], JobStore]
"""One more connection to the same jobs."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_running() -> Iterator[Redis]:
    with redis_server() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[OpenStore]:
    """Opens stores on the same, initially empty set of jobs; all of them use `clock`."""
    opened: list[JobStore] = []
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        empty(url)

    def open_one() -> JobStore:
        store: JobStore = (
            PostgresStore(url, clock) if url else SqliteStore(tmp_path / "jobs.sqlite3", clock)
        )
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> JobStore:
    return open_store()


@pytest.fixture(params=["sqlite", "postgresql", "celery"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Three ways to store and deliver jobs. With Celery, the store is SQLite."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        empty(url)
        return Place(lambda clock: PostgresStore(url, clock), tmp_path)
    redis_url = ""
    if request.param == "celery":
        server: Redis = request.getfixturevalue("redis_running")
        server.empty()
        redis_url = server.url
    return Place(lambda clock: SqliteStore(tmp_path / "jobs.sqlite3", clock), tmp_path, redis_url)


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Place:
    return Place(lambda clock: SqliteStore(tmp_path / "jobs.sqlite3", clock), tmp_path)


def empty(url: str) -> None:
    """A database without tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
