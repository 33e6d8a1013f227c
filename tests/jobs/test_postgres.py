"""What only PostgreSQL has: connections that break, and servers that are unreachable."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from realtime.errors import NotReady, SetupError
from realtime.jobs.store.base import NewJob
from realtime.jobs.store.postgres import PostgresStore
from tests.jobs.conftest import empty
from tests.jobs.servers import free_port


@pytest.fixture
def store(postgres_url: str) -> Iterator[PostgresStore]:
    empty(postgres_url)
    store = PostgresStore(postgres_url)
    yield store
    store.close()


def cut_all(url: str) -> None:
    """Cuts connections as a restart of the server does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )


def test_a_broken_connection_is_replaced_without_a_failed_call(
    store: PostgresStore, postgres_url: str
) -> None:
    store.add(NewJob("a", "a.wav", {}))
    cut_all(postgres_url)
    store.add(NewJob("b", "b.wav", {}))
    cut_all(postgres_url)
    assert store.used_files() == {"a.wav", "b.wav"}


def test_a_connection_that_breaks_in_a_transaction_changes_nothing(
    store: PostgresStore, postgres_url: str
) -> None:
    def change() -> None:
        with store._writing() as run:
            run("UPDATE meta SET version = version + 100", {})
            cut_all(postgres_url)
            run("UPDATE meta SET version = version + 100", {})

    with pytest.raises(NotReady, match="try again"):
        change()
    assert store.version() == 0


def test_leases_use_the_databases_clock(store: PostgresStore) -> None:
    store.add(NewJob("a", "a.wav", {}))
    claim = store.claim("worker", 0.0)
    assert claim is not None
    assert store.sweep() == ["a"]
    again = store.claim("worker", 60.0)
    assert again is not None
    assert store.sweep() == []


def test_tables_of_a_later_version_are_left_alone(store: PostgresStore, postgres_url: str) -> None:
    with store._writing() as run:
        run("UPDATE meta SET schema_version = 99", {})
    with pytest.raises(SetupError, match="later version"):
        PostgresStore(postgres_url)


def test_an_unreachable_server_is_reported_at_the_start() -> None:
    with pytest.raises(SetupError, match="start that PostgreSQL server"):
        PostgresStore(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
