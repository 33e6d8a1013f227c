"""Streams on which nothing arrives, and streams that last too long."""

from __future__ import annotations

import asyncio

import pytest

from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.server import ServerOptions
from tests.engine.support import Clock
from tests.server.support import client, running, script, tones

TALK = script("alpha bravo charlie/delta echo foxtrot", 1.0, 4.0)
WORDS = "alpha bravo charlie delta echo foxtrot"


async def test_the_last_word_of_a_client_that_waits_is_heard() -> None:
    """Every packet arrives while the stream is idle, so that only the clock wakes it."""
    talk = script("alpha bravo", 0.2)
    audio = tones(talk).tobytes()
    async with (
        running(talk) as served,
        client(f"{served.url}/?idle_flush_ms=100&partials=false") as caller,
    ):
        await caller.receive()
        for at in range(0, len(audio), 6400):
            await caller.say("ping", id=at)
            await caller.until("pong", id=at)
            await caller.socket.send(audio[at : at + 6400])
        assert (await caller.until("final"))["text"] == "alpha bravo"


async def test_missing_audio_finalises_then_closes() -> None:
    url = "/?idle_flush_ms=50&idle_close_ms=1000"
    async with running(TALK) as served, client(served.url + url) as caller:
        await caller.socket.send(tones(TALK).tobytes())  # one message: no pauses between packets
        await caller.rest()
        kinds = [m["type"] for m in caller.heard if m["type"] != "partial"]
        assert kinds == ["ready", "final", "final", "warning", "end"]
        assert caller.text == WORDS
        assert caller.of("warning")[0]["code"] == "idle_soon"
        assert caller.heard[-1]["reason"] == "idle"
        assert caller.socket.close_code == 1000


class HurriedClock:
    """Whenever it is read, 0.2 s have passed: on a machine without time, everything takes long."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.2
        return self.now


async def test_audio_that_waits_to_be_taken_in_is_not_missing() -> None:
    options = ServerOptions(port=0, connection=ConnectionOptions(clock=HurriedClock()))
    url = "/?idle_flush_ms=50"
    async with running(TALK, options) as served, client(served.url + url) as caller:
        await caller.socket.send(tones(TALK).tobytes())
        await caller.until("final", id=1)
        await caller.say("end")
        await caller.rest()
        assert caller.text == WORDS


async def test_the_longest_session_is_announced_and_ends_with_its_last_words() -> None:
    options = ServerOptions(port=0, connection=ConnectionOptions(max_session_s=1.0))
    async with running(TALK, options) as served, client(served.url) as caller:
        await caller.play(tones(TALK))
        await caller.rest()
        assert caller.text == WORDS
        assert [m["code"] for m in caller.of("warning")] == ["session_soon"]
        assert caller.heard[-1]["reason"] == "max_session"
        assert caller.socket.close_code == 1008


@pytest.mark.parametrize("kind", ["keepalive", "ping", "start", "ack"])
async def test_a_silent_client_is_warned_and_closed(kind: str) -> None:
    clock = Clock()
    options = ServerOptions(port=0, connection=ConnectionOptions(clock=clock))
    async with running(TALK, options) as served, client(served.url) as silent:
        await silent.until("ready")
        (served_one,) = served.server._sessions.connections
        for now in (159, 218):
            clock.now = now
            served_one._alarm.ring()
            await silent.say(kind, seq=1)
            await silent.say("ping", id=now)
            await silent.until("pong", id=now)
        assert not silent.of("error")
        clock.now = 218 + 61
        served_one._alarm.ring()
        await silent.rest()
        assert silent.heard[-1]["code"] == "idle"
        assert silent.heard[-1]["fatal"]
        assert silent.socket.close_code == 1008


async def test_a_stream_that_had_audio_may_be_silent() -> None:
    options = ServerOptions(port=0, connection=ConnectionOptions(first_audio_s=0.01))
    async with running(TALK, options) as served:
        async with client(served.url) as caller:
            await caller.socket.send(bytes(6_400))
            await caller.say("ping")
            await caller.until("pong")
            caller.reset()
        async with client(f"{served.url}/?session={caller.session}") as back:
            await asyncio.wait({asyncio.ensure_future(back.closed())}, timeout=0.1)
            assert not back.of("error")
            await back.say("end")
