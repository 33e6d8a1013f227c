"""Packets that wait to be handled: none is lost, whatever happens to the connection."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.server.websocket.socket import MOST_HELD
from tests.server.support import client, running, script
from tests.waiting import eventually

TALK = script("alpha bravo", 1.0)
PACKET = 1600
"""Samples per packet."""


@pytest.mark.parametrize("packets", [1, 3, 2 * MOST_HELD // (4 * PACKET)])
async def test_packets_waiting_at_a_disconnect_are_processed(packets: int) -> None:
    async with running(TALK) as served:
        async with client(f"{served.url}/?encoding=f32le") as gone:
            await gone.receive()
            for _ in range(packets):
                await gone.socket.send(np.zeros(PACKET, np.float32).tobytes())
            gone.socket.transport.write_eof()  # without a Close frame
            await eventually(lambda: served.admission.active == 0)
        async with client(f"{served.url}/?session={gone.session}") as back:
            ready = await back.until("ready")
            assert ready["samples_received"] == packets * PACKET
            await back.end()


async def test_control_messages_between_packets_keep_their_place() -> None:
    async with running(TALK) as served, client(f"{served.url}/?vad=off") as speaker:
        await speaker.receive()
        for _ in range(3):
            await speaker.socket.send(bytes(4 * PACKET))
            await speaker.say("flush")
        await speaker.end()
        ends = [final["end"] for final in speaker.finals if final["flush"]]
        assert ends == [0.1, 0.2, 0.3]
