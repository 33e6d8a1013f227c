"""Clients that disappeared without a close, and clients that only seem to have."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.server import ServerOptions
from tests.server.support import Patience, client, running, script, tones
from tests.waiting import eventually

TALK = script("alpha bravo", 0.5)


def quick(
    timeout_s: float, interval_s: float = 0.02, clock: Callable[[], float] = time.monotonic
) -> ServerOptions:
    connection = ConnectionOptions(
        ping_interval_s=interval_s, ping_timeout_s=timeout_s, ping_clock=clock
    )
    return ServerOptions(port=0, connection=connection)


class Rude(ClientConnection):
    """A client that counts pings without answering them."""

    pings = 0
    answers = False

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pings += 1
        super().process_event(event)

    def send_data(self) -> None:
        if self.pings and not self.answers:
            self.protocol.data_to_send()
        else:
            super().send_data()


async def test_a_client_that_answers_no_ping_is_closed_and_may_resume() -> None:
    patience = Patience()
    async with running(TALK, quick(0.01, clock=patience)) as served:
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
async def test_pings_and_their_timeout_can_be_turned_off(
    timeout_s: float, interval_s: float
) -> None:
    patience = Patience()
    patience.runs_out()
    options = quick(timeout_s, interval_s, patience)
    async with (
        running(TALK, options) as served,
        client(served.url, create_connection=Rude) as silent,
    ):
        assert isinstance(silent.socket, Rude)
        rude = silent.socket
        await silent.receive()
        if interval_s:
            await eventually(lambda: rude.pings > 5)
        assert served.admission.active == 1
        rude.answers = True
        await silent.play(tones(TALK))
        await silent.end()
        assert bool(rude.pings) is bool(interval_s)
        assert silent.text == "alpha bravo"


async def test_a_client_that_answers_stays() -> None:
    async with running(TALK, quick(5.0, 0.001)) as served, client(served.url) as caller:
        for _ in range(20):
            await caller.say("ping")
            await caller.until("pong")
        await caller.play(tones(TALK))
        await caller.end()
        assert caller.text == "alpha bravo"
