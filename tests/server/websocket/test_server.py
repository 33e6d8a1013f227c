"""The server as a whole: binding, draining, stopping, expiry of sessions."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
from collections.abc import Sequence

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from realtime.backends.base import BackendInfo
from realtime.backends.scripted import ScriptedBackend
from realtime.errors import SetupError
from realtime.server.websocket.server import ServerOptions
from realtime.types import Window
from tests.server.support import PATIENCE_S, client, running, script, tones
from tests.waiting import eventually

TALK = script("alpha bravo charlie/delta echo foxtrot", 1.0, 4.0)
WORDS = "alpha bravo charlie delta echo foxtrot"


async def test_a_port_in_use_is_reported_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"Cannot listen on 127.0.0.1 port {port} .*--port"):
            async with running(TALK, ServerOptions(port=port)):
                pass


@pytest.mark.parametrize("host", ["x" * 64, "203.0.113.9"])
async def test_an_address_of_another_machine_is_reported(host: str) -> None:
    with pytest.raises(SetupError, match=r"--host|--port"):
        async with running(TALK, ServerOptions(host=host, port=0)):
            pass


async def test_ipv6() -> None:
    async with (
        running(TALK, ServerOptions(host="::1", port=0)) as served,
        client(f"ws://[::1]:{served.server.port}") as caller,
    ):
        assert (await caller.receive())["type"] == "ready"


async def test_a_drain_sends_the_last_words_and_refuses_new_clients() -> None:
    async with (
        running(TALK, ServerOptions(port=0, drain_s=0.05)) as served,
        client(served.url) as caller,
        client(served.url) as silent,
    ):
        await caller.play(tones(TALK))
        await caller.until("partial", id=1)
        draining = asyncio.create_task(served.server.drain())
        await eventually(lambda: served.admission.draining)
        with pytest.raises(InvalidStatus) as refused:
            await connect(served.url)
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["Retry-After"]
        for one, finals in ((caller, 2), (silent, 0)):
            await one.rest()
            end = one.heard[-1]
            assert (end["type"], end["reason"], end["finals"]) == ("end", "drain", finals)
            assert one.socket.close_code == 1012
        assert caller.text == WORDS
        await draining


async def test_a_drain_ends_with_the_last_stream_within_the_grace_period() -> None:
    async with (
        running(TALK, ServerOptions(port=0, drain_s=PATIENCE_S)) as served,
        client(served.url) as caller,
    ):
        audio = tones(TALK, 6.0)
        await caller.play(audio[:40_000])
        draining = asyncio.create_task(served.server.drain())
        await eventually(lambda: served.admission.draining)
        await caller.play(audio[40_000:])
        await caller.end()
        assert caller.text == WORDS
        assert caller.heard[-1]["reason"] == "client"
        async with asyncio.timeout(PATIENCE_S / 2):
            await draining


async def test_a_broken_stream_may_resume_during_a_drain() -> None:
    async with running(TALK, ServerOptions(port=0, drain_s=0.05)) as served:
        async with client(served.url) as first, client(served.url) as other:
            await first.play(tones(TALK))
            await first.say("ping")
            await first.until("pong")
            first.reset()
            await other.receive()
            draining = asyncio.create_task(served.server.drain())
            await eventually(lambda: served.admission.draining)
            async with client(f"{served.url}/?session={first.session}") as second:
                await second.rest()
                assert second.heard[-1]["reason"] == "drain"
                heard = {final["id"]: final["text"] for final in [*first.finals, *second.finals]}
            await other.rest()
            await draining
        assert " ".join(heard.values()) == WORDS


async def test_a_stop_does_not_wait_for_a_model_that_hangs() -> None:
    gate, entered = threading.Event(), threading.Event()

    def hang(_: Sequence[Window]) -> None:
        entered.set()
        gate.wait(PATIENCE_S)

    try:
        async with running(ScriptedBackend(TALK, before_decode=hang)) as served:
            caller = await connect(served.url)
            await caller.send(tones(TALK).tobytes())
            await caller.send('{"type":"end"}')
            await eventually(entered.is_set)
            async with asyncio.timeout(PATIENCE_S / 2):
                await served.server.stop()
            assert served.server.streams_kept == 0
            await caller.wait_closed()
            assert caller.close_code == 1012
            gate.set()
    finally:
        gate.set()


async def test_an_unexpected_error_closes_one_connection_with_1011() -> None:
    class Mistaken(ScriptedBackend):
        @property
        def info(self) -> BackendInfo:  # used for `ready`
            if self.broken:
                raise RuntimeError("a mistake")
            return super().info

        broken = False

    backend = Mistaken(TALK)
    async with running(backend) as served, client(served.url) as good:
        await good.receive()
        async with client(served.url) as bad:
            await bad.receive()
            backend.broken = True
            await bad.say("start", words=True)
            await bad.rest()
            backend.broken = False
            assert (bad.heard[-1]["code"], bad.heard[-1]["fatal"]) == ("internal", True)
            assert "mistake" not in bad.heard[-1]["message"]  # it is for the log
            assert bad.socket.close_code == 1011
        await good.play(tones(TALK, 6.0))
        await good.end()
        assert good.text == WORDS


async def test_a_thousand_clients_leave_nothing_behind() -> None:
    async with running(TALK, ServerOptions(port=0, resume_s=0.05)) as served:
        async with client(served.url) as caller:
            await caller.end()
        await eventually(lambda: served.admission.active == 0)
        gc.collect()
        files, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
        threads = threading.active_count()

        async def visit(number: int) -> None:
            async with client(served.url) as caller:
                if number % 3:
                    await caller.receive()
                if number % 5 == 0:
                    await caller.play(tones(TALK)[:8_000])
                if number % 2:
                    caller.reset()

        for batch in range(20):
            await asyncio.gather(*(visit(batch * 50 + number) for number in range(50)))
        await eventually(lambda: served.admission.active == served.server.streams_kept == 0)
        await eventually(lambda: len(asyncio.all_tasks()) == tasks)
        assert len(os.listdir("/proc/self/fd")) <= files
        assert threading.active_count() <= threads + 2
        assert served.metric("sessions_active") == 0
        assert served.metric("sessions_opened_total") == 1_001
        async with client(served.url) as caller:
            await caller.play(tones(TALK, 6.0))
            await caller.end()
            assert caller.text == WORDS
