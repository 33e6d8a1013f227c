"""Clients that cause excessive costs have no effect on others."""

from __future__ import annotations

import asyncio
import contextlib
import socket as sockets
import struct
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from realtime.backends.scripted import Script
from realtime.live.throttle import BACKLOG_S
from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.frame_cutter import MAX_TEXT_BYTES
from realtime.server.websocket.message_budget import DEAR_COST, MOST_SAVED, BudgetRates
from realtime.server.websocket.server import ServerOptions
from realtime.server.websocket.socket import MOST_HELD, StreamSocket
from tests.server.support import Client, Running, client, gated, running, script, tones
from tests.waiting import eventually

TALK = script("alpha bravo", 0.2)
BINARY, TEXT, PING, PONG = Opcode.BINARY, Opcode.TEXT, Opcode.PING, Opcode.PONG


def flood(opcode: Opcode, data: bytes, count: int) -> bytes:
    return Frame(opcode, data).serialize(mask=True) * count


@asynccontextmanager
async def raw(served: Running) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A WebSocket over which the test sends raw bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def the_socket(served: Running) -> StreamSocket:
    """The server's side of the only connection."""
    (connection,) = served.server._sessions.connections
    return connection._socket


async def close_code(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Wait for the server's close and answer it; → its code."""
    library = Protocol(CLIENT, max_size=None)
    while data := await reader.read(1 << 16):
        library.receive_data(data)
        for answer in library.data_to_send():
            writer.write(answer)
    writer.close()
    assert library.close_rcvd is not None
    return library.close_rcvd.code


@pytest.mark.parametrize(
    ("opcode", "data", "count"),
    [
        (BINARY, b"x", MOST_SAVED + 2_000),
        (BINARY, b"", MOST_SAVED + 2_000),
        (PING, b"", MOST_SAVED + 2_000),
        (PONG, b"", MOST_SAVED + 2_000),
        (TEXT, b"{", MOST_SAVED // DEAR_COST + 60),
        (TEXT, b'{"type":"start"}', MOST_SAVED // DEAR_COST + 60),
    ],
    ids=["bytes", "empty", "pings", "pongs", "bad texts", "starts"],
)
async def test_floods_of_tiny_messages_are_closed_with_1008(
    opcode: Opcode, data: bytes, count: int
) -> None:
    rates = BudgetRates(pace=1e9, allowance=0)  # so that the test need not wait
    options = ServerOptions(port=0, budget_rates=rates)
    async with running(TALK, options) as served, raw(served) as (reader, writer):
        writer.write(flood(opcode, data, count))
        assert await close_code(reader, writer) == 1008
        await eventually(lambda: served.admission.active == 0)


async def test_a_flood_is_throttled_and_others_are_served() -> None:
    async with running(TALK) as served, raw(served) as (_, writer):
        await eventually(lambda: served.admission.active == 1)
        flooded = the_socket(served)
        writer.write(flood(BINARY, b"", 1_000_000))
        await eventually(lambda: flooded._unread)
        async with client(served.url) as caller:
            await caller.play(tones(TALK, 2.0))
            await caller.end()
            assert caller.text == "alpha bravo"
        cutter = flooded._cutter
        assert cutter is not None
        assert len(cutter) < MOST_HELD + (1 << 20)


async def test_a_long_text_is_refused_by_its_frame_header() -> None:
    async with running(TALK) as served, raw(served) as (reader, writer):
        text = Frame(TEXT, bytes(MAX_TEXT_BYTES + 1)).serialize(mask=True)
        writer.write(text[:14])
        said = await reader.readuntil(b'"fatal":true}\n')
        assert b"too_large" in said
        writer.write(text[14:])
        assert await close_code(reader, writer) == 1009


@pytest.mark.parametrize("depth", [40, 900, 20_000])
async def test_a_deep_text_is_a_bad_message(depth: int) -> None:
    async with running(TALK) as served, client(served.url) as caller:
        await caller.socket.send('{"type":"start","x":' + "[" * depth + "]" * depth + "}")
        assert (await caller.until("error"))["code"] == "bad_message"
        await caller.end()
        assert caller.socket.close_code == 1000


async def test_text_that_is_no_utf8_is_closed_with_1007() -> None:
    async with running(TALK) as served, raw(served) as (reader, writer):
        writer.write(Frame(TEXT, b"\xff").serialize(mask=True))
        assert await close_code(reader, writer) == 1007


async def test_texts_in_fragments_are_read_whole() -> None:
    async with running(TALK) as served, raw(served) as (reader, writer):
        for data, opcode, fin in ((b'{"type"', TEXT, False), (b':"end"}', Opcode.CONT, True)):
            writer.write(Frame(opcode, data, fin).serialize(mask=True))
        assert await close_code(reader, writer) == 1000


async def test_a_client_that_does_not_read_gets_one_pong_for_many_pings() -> None:
    async with running(TALK) as served, raw(served) as (reader, writer):
        await eventually(lambda: served.admission.active == 1)
        socket = the_socket(served)
        socket.pause_writing()
        writer.write(b"".join(flood(PING, bytes([n]) * 100, 1) for n in range(200)))
        await eventually(lambda: socket._ping is not None and socket._ping[-100:] != b"")
        await eventually(lambda: not socket._cutter)
        assert socket.transport.get_write_buffer_size() == 0
        socket.resume_writing()
        said = await reader.readuntil(bytes([199]) * 100)
        assert said.count(b"\x8a\x64") == 1


async def test_a_client_that_resets_while_it_is_not_read_is_gone_at_once() -> None:
    """Its place becomes free; the rest of its audio is decoded only after a resume, completely."""
    talk = Script.evenly(" ".join(f"word{n}" for n in range(220)), 0.5)
    backend, gate, _ = gated(talk)
    options = ServerOptions(port=0, connection=ConnectionOptions(max_backlog_s=BACKLOG_S + 2))
    data = tones(talk, 90).tobytes()
    try:
        async with running(backend, options) as served:
            async with client(f"{served.url}/?vad=off") as gone:
                sending = asyncio.create_task(gone.play(data, 1 << 20))
                await gone.until("warning", code="backlog")
                socket = the_socket(served)
                await eventually(lambda: socket._unread)
                linger(gone)
                gone.reset()
                await eventually(lambda: served.admission.active == 0)
                with contextlib.suppress(ConnectionClosed):
                    await sending
            gate.set()
            (stored,) = served.server._sessions._stored.values()
            await eventually(lambda: not served.engine.status().running)
            assert stored.stream.lag_s > BACKLOG_S / 2
            async with client(f"{served.url}/?session={gone.session}") as back:
                at = (await back.until("ready"))["samples_received"]
                await back.play(data[at * 4 :], 1 << 20)
                await back.end()
                assert back.text == " ".join(word.text for word in talk.words)
    finally:
        gate.set()


def linger(caller: Client) -> None:
    """Make its socket end with an immediate TCP reset."""
    ours = caller.socket.transport.get_extra_info("socket")
    ours.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))


async def test_memory_is_given_back_after_streams_that_held_much() -> None:
    given_back = threading.Event()
    talk = Script.evenly(" ".join(f"word{n}" for n in range(100)), 0.5)
    backend, gate, _ = gated(talk)
    options = ServerOptions(port=0, resume_s=0, give_back=given_back.set, give_back_s=0)
    try:
        async with running(backend, options) as served:
            async with client(f"{served.url}/?vad=off") as much:
                await much.play(tones(talk, BACKLOG_S + 11), 1 << 20)
                await much.until("warning", code="backlog")
                much.reset()
            await eventually(given_back.is_set)
            gate.set()  # or the server waits for the call when it stops
    finally:
        gate.set()
