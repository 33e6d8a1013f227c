"""Connections without requests: the oldest is closed, those with requests are served."""

from __future__ import annotations

import asyncio
import resource

import pytest
from structlog.testing import capture_logs

from realtime.app.process import descriptors
from realtime.server.admission import AdmissionOptions
from realtime.server.idle_connections import SAY_EVERY_S, IdleConnections
from tests.engine.support import Clock
from tests.server.support import PATIENCE_S, client, running, script, tones
from tests.waiting import eventually

TALK = script("alpha bravo", 0.2)


class Guests:
    """Connections by name, and the names of the closed ones."""

    def __init__(self, most: int, most_of_an_address: int) -> None:
        self.gone: list[str] = []
        self.clock = Clock()
        self.room = IdleConnections(most, most_of_an_address, self.clock)
        self.doors = {name: self._door(name) for name in "abcdefgh"}

    def _door(self, name: str):  # type: ignore[no-untyped-def]
        return lambda: self.gone.append(name)

    def enter(self, names: str, address: str) -> None:
        for name in names:
            self.room.enter(self.doors[name], address)


def test_the_oldest_connection_of_an_address_is_closed_first() -> None:
    guests = Guests(5, 2)
    guests.enter("a", "10.0.0.1")
    guests.enter("bcd", "10.0.0.2")
    assert guests.gone == ["b"]
    guests.room.leave(guests.doors["c"])
    guests.room.leave(guests.doors["c"])
    guests.enter("e", "10.0.0.2")
    assert guests.gone == ["b"]
    assert len(guests.room) == 3


def test_beyond_the_total_limit_the_oldest_connection_is_closed() -> None:
    guests = Guests(2, 2)
    for name in "abcd":
        guests.enter(name, f"10.0.0.{name}")
    assert guests.gone == ["a", "b"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("local", "local", True),
    ],
)
def test_all_addresses_of_a_subscriber_count_as_one(one: str, other: str, same: bool) -> None:
    guests = Guests(9, 1)
    guests.enter("a", one)
    guests.enter("b", other)
    assert guests.gone == (["a"] if same else [])


def test_the_log_names_the_address_once_a_minute() -> None:
    guests = Guests(9, 1)
    with capture_logs() as logs:
        guests.enter("abcd", "10.0.0.1")
        guests.clock.now += SAY_EVERY_S
        guests.enter("e", "10.0.0.1")
    assert [(line["address"], line["connections"]) for line in logs] == [
        ("10.0.0.1", 1),
        ("10.0.0.1", 3),
    ]


async def test_silent_sockets_do_not_block_the_port() -> None:
    async with running(TALK, admission=AdmissionOptions(most_idle=6)) as served:
        async with client(served.url) as early:
            await early.receive()
            silent = [
                await asyncio.open_connection("127.0.0.1", served.server.port) for _ in range(12)
            ]
            await eventually(lambda: len(served.admission.idle_connections) == 3)
            async with asyncio.timeout(PATIENCE_S):
                for reader, _ in silent[:9]:
                    assert await reader.read() == b""
            async with client(served.url) as late:
                for caller in (early, late):
                    await caller.play(tones(TALK))
                    await caller.end()
                    assert caller.text == "alpha bravo"
            for _, writer in silent:
                writer.close()
        await eventually(lambda: len(served.admission.idle_connections) == 0)


def test_as_many_descriptors_as_are_allowed() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        descriptors.raise_limit()
        assert descriptors.available() == min(before[1], descriptors.WANTED)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
