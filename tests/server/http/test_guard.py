"""Request heads that arrive slowly or not at all, and responses that are not read."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from realtime.server.admission import AdmissionOptions
from realtime.server.http.guard import HEAD_S, STALL_S, GuardedProtocol, GuardOptions
from tests.server.http.support import RunningApi, running_api
from tests.server.support import PATIENCE_S
from tests.waiting import eventually

CLOSING = b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
GET = b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"
Stream: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class HandTimer:
    """A timer that fires when the test says so."""

    def __init__(self, timers: HandTimers, delay_s: float, call: Callable[[], None]) -> None:
        self.delay_s, self.call, self._timers = delay_s, call, timers

    def cancel(self) -> None:
        if self in self._timers.running:  # it may have ended
            self._timers.running.remove(self)


class HandTimers:
    """The timers of all connections of one server, in the order in which they began."""

    def __init__(self) -> None:
        self.running: list[HandTimer] = []

    def call_later(self, delay_s: float, call: Callable[[], None]) -> HandTimer:
        self.running.append(timer := HandTimer(self, delay_s, call))
        return timer

    async def fire(self, delay_s: float) -> None:
        """Wait for a timer of this length, and let it end."""
        await eventually(lambda: any(timer.delay_s == delay_s for timer in self.running))
        timer = next(timer for timer in self.running if timer.delay_s == delay_s)
        self.running.remove(timer)
        timer.call()


class GuardedApi:
    """An API whose timers the test controls."""

    def __init__(self, api: RunningApi, timers: HandTimers) -> None:
        self.api, self.timers = api, timers

    async def received(self, part: bytes) -> None:
        """Wait until a connection has received exactly this part of a head."""
        server = self.api.listener._server
        assert server is not None

        def there() -> bool:
            connections = server.server_state.connections
            return any(
                isinstance(one, GuardedProtocol) and one.conn.trailing_data[0] == part
                for one in connections
            )

        await eventually(there)


@asynccontextmanager
async def guarded(tmp_path: Path, most_connections: int = 1_000) -> AsyncIterator[GuardedApi]:
    timers = HandTimers()
    options = GuardOptions(most_connections=most_connections, call_later=timers.call_later)
    async with running_api(tmp_path, guard=options) as api:
        yield GuardedApi(api, timers)


async def connection(api: RunningApi, first: bytes) -> Stream:
    """Connect and send `first`."""
    client = socket.create_connection(("127.0.0.1", api.port))
    client.sendall(first)
    client.setblocking(False)
    return await asyncio.open_connection(sock=client)


async def rest(stream: Stream) -> bytes:
    """Everything until the server closes."""
    reader, writer = stream
    answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
    writer.close()
    return answer


async def all_of(api: RunningApi, first: bytes, *parts: bytes) -> bytes:
    """Send everything; → all answers until the server closes."""
    stream = await connection(api, first)
    for part in parts:
        stream[1].write(part)
        await stream[1].drain()
    return await rest(stream)


async def test_a_silent_connection_is_closed(tmp_path: Path) -> None:
    async with guarded(tmp_path) as served:
        silent = await connection(served.api, b"")
        await served.timers.fire(HEAD_S)
        assert await rest(silent) == b""


async def test_half_a_head_gets_408(tmp_path: Path) -> None:
    async with guarded(tmp_path) as served:
        half = await connection(served.api, GET[:20])
        await served.received(GET[:20])
        await served.timers.fire(HEAD_S)
        assert (await rest(half)).startswith(b"HTTP/1.1 408 ")


async def test_the_second_head_of_a_connection_is_timed_too(tmp_path: Path) -> None:
    async with guarded(tmp_path) as served:
        both = await connection(served.api, GET + GET[:20])
        await served.received(GET[:20])
        await served.timers.fire(HEAD_S)
        answer = await rest(both)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in answer


async def test_no_timer_runs_between_the_requests_of_a_connection(tmp_path: Path) -> None:
    async with guarded(tmp_path) as served:
        reader, writer = await connection(served.api, GET)
        for _ in range(2):
            head = await asyncio.wait_for(reader.readuntil(b'{"live":true}\n'), PATIENCE_S)
            assert head.startswith(b"HTTP/1.1 200 ")
            assert served.timers.running == []
            writer.write(GET)
        writer.close()


async def test_requests_in_a_row_are_answered_in_a_row(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        answer = await all_of(api, GET * 3, CLOSING)
        assert answer.count(b"HTTP/1.1 200 ") == 4


async def test_connections_beyond_the_limit_are_closed(tmp_path: Path) -> None:
    async with guarded(tmp_path, most_connections=2) as served:
        api = served.api
        open_ones = [await connection(api, GET) for _ in range(2)]
        for reader, _ in open_ones:
            await reader.readuntil(b'{"live":true}\n')
        reader, refused = await asyncio.open_connection("127.0.0.1", api.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), PATIENCE_S)
        refused.close()
        for _, writer in open_ones:
            writer.close()


async def test_a_client_that_does_not_read_its_response_is_closed(tmp_path: Path) -> None:
    async with guarded(tmp_path) as served:
        with socket.create_connection(("127.0.0.1", served.api.port)) as client:
            # Requests whose answers exceed the kernel's buffers, all sent at once.
            client.sendall(GET.replace(b"/live", b"/openapi.json") * 400)
            await served.timers.fire(STALL_S)
            await eventually(lambda: served.api.listener.connections == 0)


async def test_silent_clients_do_not_take_the_place_of_one_with_a_request(tmp_path: Path) -> None:
    admission = AdmissionOptions(most_idle=6)  # half of them for one address
    options = GuardOptions(call_later=HandTimers().call_later)
    async with running_api(tmp_path, admission=admission, guard=options) as api:
        idle = api.admission.idle_connections
        used = await connection(api, GET)
        await asyncio.wait_for(used[0].readuntil(b"\r\n\r\n"), PATIENCE_S)
        silent = [await connection(api, GET[:9]) for _ in range(6)]
        assert await asyncio.wait_for(silent[0][0].read(), PATIENCE_S) == b""
        answer = await all_of(api, CLOSING)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert len(idle) <= 3
        for _, writer in (used, *silent):
            writer.close()
        await eventually(lambda: len(idle) == 0)


async def test_a_silent_client_of_tls_is_closed_after_the_time_for_a_head(tmp_path: Path) -> None:
    tls, options = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), GuardOptions(head_s=0.05)
    async with running_api(tmp_path, tls=tls, guard=options) as api:
        assert await all_of(api, b"") == b""
