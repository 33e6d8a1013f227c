"""Listeners get every job's latest state, whichever process changed it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from realtime.jobs.feed import Feed
from realtime.jobs.store.base import NewJob
from realtime.jobs.store.sqlite import SqliteStore
from realtime.jobs.threads import Threads
from tests.waiting import eventually

PAUSE_S = 30.0


class House:
    def __init__(self, folder: Path) -> None:
        self.store, self.other = (SqliteStore(folder / "jobs.sqlite3") for _ in range(2))
        self.threads = Threads()
        self.feed = Feed(self.store, self.threads)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    house.feed.close()
    house.threads.close()
    house.store.close()
    house.other.close()


async def test_changes_by_another_process_arrive(house: House) -> None:
    async with aclosing(house.feed.changes(None, PAUSE_S)) as changes:
        coming = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        while not coming.done():  # from the moment at which it listens
            house.other.add(NewJob(f"job-{house.other.version()}", "a.wav", {}))
            await asyncio.wait({coming}, timeout=0.05)
        assert coming.result()[0].job_id.startswith("job-")


async def test_listeners_resume_where_they_stopped(house: House) -> None:
    for name in "abc":
        house.store.add(NewJob(name, "a.wav", {}))
    for since, names in ((0, ["a", "b", "c"]), (1, ["b", "c"])):
        async with aclosing(house.feed.changes(since, PAUSE_S)) as changes:
            assert [change.job_id for change in await anext(changes)] == names


async def test_a_feed_without_changes_sends_heartbeats(house: House) -> None:
    async with aclosing(house.feed.changes(None, 0.01)) as changes:
        assert await anext(changes) == []


async def test_closing_the_feed_ends_all_listeners(house: House) -> None:
    async def listen() -> int:
        return len([found async for found in house.feed.changes(None, PAUSE_S) if found])

    listeners = [asyncio.create_task(listen()) for _ in range(3)]
    await eventually(lambda: house.feed.listeners == len(listeners))
    house.feed.close()
    assert await asyncio.wait_for(asyncio.gather(*listeners), PAUSE_S) == [0, 0, 0]
