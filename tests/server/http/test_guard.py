"""Request heads that arrive slowly, or not at all."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import TypeAlias

import pytest

from realtime.server.http import guard
from realtime.server.http.guard import GuardedProtocol
from tests.server.http.support import RunningApi, running_api
from tests.server.support import PATIENCE_S
from tests.waiting import eventually

CLOSING = b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
GET = b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"
Stream: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedProtocol, "head_s", 0.05)


async def connection(api: RunningApi, first: bytes) -> Stream:
    """Connect and send `first`, which is in the kernel's buffers before the server, on the same
    thread, can accept: so it is never late, however slow the machine is."""
    client = socket.create_connection(("127.0.0.1", api.port))
    client.sendall(first)
    client.setblocking(False)
    return await asyncio.open_connection(sock=client)


async def all_of(api: RunningApi, first: bytes, *parts: bytes) -> bytes:
    """Send everything; → all answers until the server closes."""
    reader, writer = await connection(api, first)
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
    writer.close()
    return answer


async def test_silence_is_hung_up_on(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        assert await all_of(api, b"") == b""


async def test_half_a_head_gets_408(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        assert (await all_of(api, GET[:20])).startswith(b"HTTP/1.1 408 ")


async def test_the_second_head_of_a_connection_is_watched_too(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        answer = await all_of(api, GET + GET[:20])
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in answer


async def test_a_kept_connection_may_be_silent_between_requests(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        reader, writer = await connection(api, GET)
        for _ in range(2):
            head = await asyncio.wait_for(reader.readuntil(b'{"live":true}\n'), PATIENCE_S)
            assert head.startswith(b"HTTP/1.1 200 ")
            # Both sides share one loop: a timer for the head would fire before this sleep ends.
            await asyncio.sleep(2 * GuardedProtocol.head_s)
            writer.write(GET)
        writer.close()


async def test_requests_in_a_row_are_answered_in_a_row(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        answer = await all_of(api, GET * 3, CLOSING)
        assert answer.count(b"HTTP/1.1 200 ") == 4


async def test_beyond_so_many_connections_new_ones_are_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedProtocol, "head_s", PATIENCE_S)
    monkeypatch.setattr(guard, "MAX_CONNECTIONS", 2)
    async with running_api(tmp_path) as api:
        kept = [await asyncio.open_connection("127.0.0.1", api.port) for _ in range(2)]
        for reader, writer in kept:
            writer.write(GET)
            await reader.readuntil(b'{"live":true}\n')
        reader, refused = await asyncio.open_connection("127.0.0.1", api.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), PATIENCE_S)
        refused.close()
        for _, writer in kept:
            writer.close()


async def test_a_client_that_reads_nothing_of_its_answer_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedProtocol, "stall_s", 0.05)
    async with running_api(tmp_path) as api:
        with socket.create_connection(("127.0.0.1", api.port)) as client:
            # Requests whose answers exceed the kernel's buffers, all sent at once.
            client.sendall(GET.replace(b"/live", b"/openapi.json") * 400)
            await eventually(lambda: api.listener.connections == 1)
            await eventually(lambda: api.listener.connections == 0)


async def test_whoever_asks_is_served_however_many_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedProtocol, "head_s", PATIENCE_S)
    async with running_api(tmp_path) as api:
        room = api.admission.idle_connections
        monkeypatch.setattr(room, "_most_of_an_address", 3)
        kept = await connection(api, GET)
        await asyncio.wait_for(kept[0].readuntil(b"\r\n\r\n"), PATIENCE_S)
        silent = [await connection(api, GET[:9]) for _ in range(6)]
        assert await asyncio.wait_for(silent[0][0].read(), PATIENCE_S) == b""
        answer = await all_of(api, CLOSING)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert len(room) <= 3
        for _, writer in (kept, *silent):
            writer.close()
        await eventually(lambda: len(room) == 0)


async def test_a_silent_client_of_tls_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.server.http.listener.HEAD_S", 0.05)
    async with running_api(tmp_path, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) as api:
        assert await all_of(api, b"") == b""
