"""Clients that do not read, and a model that does not keep up."""

from __future__ import annotations

import asyncio
import time

import numpy as np

from realtime.backends.scripted import Script
from realtime.live.throttle import BACKLOG_S
from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.inbox import MOST_BYTES
from realtime.server.websocket.server import RECEIVE_BUFFER_BYTES, ServerOptions
from realtime.types import SAMPLE_RATE
from tests.server.support import (
    PATIENCE_S,
    Patience,
    check_promises,
    client,
    gated,
    running,
    script,
    tones,
)
from tests.waiting import eventually

SHORT = script("alpha bravo", 1.0)
LOUD = Script.evenly(" ".join(f"{n}{'x' * 100_000}" for n in range(30)), 0.5)
"""Speech in which one word already exceeds the socket's buffers."""


async def test_a_client_that_never_reads_is_closed_and_gets_all_finals_later() -> None:
    scripts = {"": SHORT, "loud": LOUD}
    options = ServerOptions(port=0, connection=ConnectionOptions(send_timeout_s=0))
    async with running(scripts, options) as served:
        url = f"{served.url}/?prompt=loud&vad=off"
        async with client(url, max_size=None) as deaf, client(served.url) as other:
            await deaf.receive()
            deaf.socket.transport.pause_reading()
            audio = np.zeros(round(0.4 * SAMPLE_RATE), np.float32)
            for _ in range(32):
                await deaf.play(audio)
                await deaf.say("flush")
            await eventually(lambda: served.metric("send_timeouts_total") == 1)
            await other.play(tones(SHORT, 3.0))
            await other.end()
            assert other.text == "alpha bravo"
            deaf.socket.transport.resume_reading()
            assert await deaf.closed() == 1013
            assert len(deaf.finals) < 10
        await eventually(lambda: served.admission.active == 0)
        async with client(f"{served.url}/?session={deaf.session}", max_size=None) as back:
            ready = await back.until("ready")
            assert ready["samples_received"] == 32 * len(audio)
            await back.end()
            assert back.heard[-1]["finals"] == 32
        heard = {final["id"]: final["text"] for final in [*deaf.finals, *back.finals]}
        assert list(heard) == list(range(32))
        words = " ".join(filter(None, heard.values())).split()
        assert words == [word.text for word in LOUD.words]


async def test_a_message_that_waits_too_long_closes_the_connection() -> None:
    options = ServerOptions(port=0, connection=ConnectionOptions(send_timeout_s=0.1))
    big = Script.evenly(" ".join(f"{n}{'x' * 400_000}" for n in range(2)), 0.5)
    async with (
        running(big, options) as served,
        client(f"{served.url}/?vad=off&partials=false", max_size=None) as deaf,
    ):
        await deaf.receive()
        deaf.socket.transport.pause_reading()
        await deaf.play(np.zeros(2 * SAMPLE_RATE, np.float32))
        await deaf.say("flush")
        await eventually(lambda: served.metric("send_timeouts_total") == 1)
        deaf.socket.transport.resume_reading()
        assert await deaf.closed() == 1013


async def test_a_stream_far_behind_is_warned_and_its_pings_are_answered() -> None:
    talk = Script.evenly(" ".join(f"word{n}" for n in range(100)), 0.5)
    backend, gate, _ = gated(talk)
    try:
        async with running(backend) as served, client(f"{served.url}/?vad=off") as caller:
            await caller.play(tones(talk, BACKLOG_S + 11), 65_536)
            warning = await caller.until("warning", code="backlog")
            assert warning["lag_ms"] >= BACKLOG_S * 1000
            assert "behind by" in warning["message"]
            await caller.say("ping", id=1)
            await caller.until("pong", id=1)
            async with asyncio.timeout(PATIENCE_S):
                await (await caller.socket.ping())
            gate.set()
            await caller.end()
            assert caller.text == " ".join(word.text for word in talk.words)
            check_promises(caller.heard)
    finally:
        gate.set()


async def test_partials_that_a_busy_model_leaves_out_are_announced() -> None:
    talk = Script.evenly(" ".join(f"word{n}" for n in range(12)), 0.2)
    backend, gate, entered = gated(talk)
    try:
        async with running(backend) as served, client(f"{served.url}/?hop=0.1") as caller:
            caller.minds_speed = True
            audio = tones(talk, 6.0)
            await caller.play(audio[:16_000])
            await eventually(entered.is_set)
            begun = time.monotonic()
            await caller.play(audio[16_000:64_000])
            await caller.say("ping")
            await caller.until("pong")
            await eventually(lambda: time.monotonic() > begun + 0.3)  # the time of three hops
            gate.set()
            await eventually(lambda: served.metric("dropped_partials_total") > 0)
            await caller.play(audio[64_000:])
            await caller.end()
            assert caller.text == " ".join(word.text for word in talk.words)
            assert [m["code"] for m in caller.of("warning")] == ["dropped_partials"]
    finally:
        gate.set()


async def test_a_stream_too_far_behind_is_not_read_and_loses_nothing() -> None:
    talk = Script.evenly(" ".join(f"word{n}" for n in range(220)), 0.5)
    backend, gate, _ = gated(talk)
    most_s = BACKLOG_S + 2
    # Its pongs wait after its audio, so the ping timeout must not apply.
    patience = Patience()
    limits = ConnectionOptions(
        max_backlog_s=most_s, ping_interval_s=0.01, ping_timeout_s=0.01, ping_clock=patience
    )
    options = ServerOptions(port=0, connection=limits)
    try:
        async with running(backend, options) as served, client(f"{served.url}/?vad=off") as caller:
            data = tones(talk, 90).tobytes()
            sending = asyncio.create_task(caller.play(data, 65_536))
            await caller.until("warning", code="backlog")
            (connection,) = served.server._sessions.connections
            await eventually(lambda: connection._inbox.full)
            patience.runs_out()
            await patience.asked_again()
            held_bytes = MOST_BYTES + RECEIVE_BUFFER_BYTES
            taken = served.metric("audio_seconds_total")
            assert taken <= most_s + 1
            assert taken * SAMPLE_RATE * 4 + held_bytes < len(data)
            gate.set()
            await sending
            await caller.end()
            assert caller.text == " ".join(word.text for word in talk.words)
            assert caller.heard[-1]["audio_s"] == 90
    finally:
        gate.set()
