"""Clients that are gone without a word, and clients that only seem so."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest
from websockets.asyncio.server import ServerConnection

from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.server import ServerOptions
from tests.server.support import Patience, client, eventually, running, script, tones

TALK = script("alpha bravo", 0.5)


def quick(timeout_s: float, interval_s: float = 0.02) -> ServerOptions:
    connection = ConnectionOptions(ping_interval_s=interval_s, ping_timeout_s=timeout_s)
    return ServerOptions(port=0, connection=connection)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Patience:
    return Patience(monkeypatch)


@pytest.fixture
def pings(monkeypatch: pytest.MonkeyPatch) -> list[ServerConnection]:
    """Grows by one with each ping that the server sends."""
    sent: list[ServerConnection] = []
    ping = ServerConnection.ping

    async def counted(socket: ServerConnection, *data: bytes) -> Awaitable[float]:
        sent.append(socket)
        return await ping(socket, *data)

    monkeypatch.setattr(ServerConnection, "ping", counted)
    return sent


async def test_who_answers_no_ping_is_gone_and_may_come_back(patience: Patience) -> None:
    async with running(TALK, quick(0.01)) as served:
        async with client(served.url) as silent:
            await silent.play(tones(TALK))
            await silent.say("ping")
            await silent.until("pong")
            silent.socket.transport.pause_reading()
            await patience.asked_again()
            assert served.admission.active == 1
            patience.runs_out()
            await eventually(lambda: served.admission.active == 0)
            silent.socket.transport.resume_reading()
            assert await silent.closed() == 1006
        async with client(f"{served.url}/?session={silent.session}") as back:
            await back.end()
            assert [final["text"] for final in (*silent.finals, *back.finals)] == ["alpha bravo"]


@pytest.mark.parametrize(("timeout_s", "interval_s"), [(0, 0.01), (0.01, 0)])
async def test_pings_and_their_patience_may_be_turned_off(
    timeout_s: float, interval_s: float, patience: Patience, pings: list[ServerConnection]
) -> None:
    patience.runs_out()
    async with running(TALK, quick(timeout_s, interval_s)) as served, client(served.url) as silent:
        await silent.receive()
        silent.socket.transport.pause_reading()
        if interval_s:
            await eventually(lambda: len(pings) > 5)  # and none of them is answered
        assert served.admission.active == 1
        silent.socket.transport.resume_reading()
        await silent.play(tones(TALK))
        await silent.end()
        assert bool(pings) is bool(interval_s)
        assert silent.text == "alpha bravo"


async def test_a_client_that_answers_stays() -> None:
    async with running(TALK, quick(5.0, 0.001)) as served, client(served.url) as caller:
        for _ in range(20):
            await caller.say("ping")
            await caller.until("pong")
        await caller.play(tones(TALK))
        await caller.end()
        assert caller.text == "alpha bravo"
