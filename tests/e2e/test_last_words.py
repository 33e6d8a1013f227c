"""No speech is lost: the last words arrive, however a stream ends.

The audio stops directly after the last word, without the silence that would end the utterance.
"""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from realtime.types import SAMPLE_RATE
from realtime.weights.bundled import Sample, samples
from tests.e2e.support import BIN, environment, finals, said
from tests.serving import Served

PACKET = 6_400
PATIENCE_S = 60.0
every_sample = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)


def spoken(sample: Sample) -> bytes:
    """The recording as float32, up to 0.1 s after the end of the last word."""
    return sample.read()[: round((sample.words[-1].end_s + 0.1) * SAMPLE_RATE)].tobytes()


@asynccontextmanager
async def speaking(url: str, sample: Sample) -> AsyncIterator[ClientConnection]:
    """A connection over which all of `sample` was sent."""
    async with asyncio.timeout(PATIENCE_S), connect(f"{url}/?language={sample.language}") as socket:
        audio = spoken(sample)
        for start in range(0, len(audio), PACKET):
            await socket.send(audio[start : start + PACKET])
        yield socket


async def rest(socket: ClientConnection) -> list[str]:
    """All messages until the close, whatever its code."""
    messages: list[str] = []
    with suppress(ConnectionClosedError):
        async for message in socket:
            messages.append(str(message))
    return messages


async def session_of(socket: ClientConnection) -> str:
    """The id in `ready`, which is the first message."""
    found = re.search(r'"session":"([^"]+)"', str(await socket.recv()))
    assert found is not None
    return found[1]


@every_sample
async def test_end(server: Served, sample: Sample) -> None:
    async with speaking(server.url, sample) as socket:
        await socket.send('{"type":"end"}')
        said(finals(await rest(socket)), sample)
    assert socket.close_code == 1000


@every_sample
async def test_flush(server: Served, sample: Sample) -> None:
    messages: list[str] = []
    async with speaking(server.url, sample) as socket:
        await socket.send('{"type":"flush"}')
        while not messages or '"flush":true' not in messages[-1]:
            messages.append(str(await socket.recv()))
    said(finals(messages), sample)


@every_sample
async def test_a_close_without_an_end_message(server: Served, sample: Sample) -> None:
    async with speaking(server.url, sample) as socket:
        session = await session_of(socket)
    await resumes(server, session, sample)


@every_sample
async def test_a_reset(server: Served, sample: Sample) -> None:
    """After a reset (RST), the client sends the audio again that the server had not yet read."""
    async with speaking(server.url, sample) as broken:
        session = await session_of(broken)
        linger = struct.pack("ii", 1, 0)  # on, for 0 s: see socket(7)
        broken.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        broken.transport.abort()
    await resumes(server, session, sample)


async def resumes(server: Served, session: str, sample: Sample) -> None:
    """Resume the session, send the missing audio, and read all messages."""
    url = f"{server.url}/?session={session}"
    async with asyncio.timeout(PATIENCE_S), connect(url) as socket:
        ready = str(await socket.recv())
        assert '"resumed":true' in ready
        received = re.search(r'"samples_received":(\d+)', ready)
        assert received is not None
        await socket.send(spoken(sample)[4 * int(received[1]) :])
        await socket.send('{"type":"end"}')
        said(finals(await rest(socket)), sample)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_server_that_gets_a_signal_to_stop(number: signal.Signals) -> None:
    """No new streams, a grace period, then the last words of all streams, and exit code 0."""
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(f"the tests were told to outlive {number.name}, and so is what they start")
    process = await asyncio.create_subprocess_exec(
        BIN / "realtime",
        *("serve", "--model", "bundled", "--port", "0", "--drain-s", "0.2"),
        env=environment(),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            url = None
            while url is None:
                line = (await process.stderr.readline()).decode()
                assert line, "it ended without being ready"
                url = re.search(r"ws://localhost:\d+", line)
        said_all = asyncio.Barrier(len(samples()) + 1)
        clients = asyncio.gather(*(left_alone(url[0], s, said_all) for s in samples()))
        async with asyncio.timeout(PATIENCE_S):
            await said_all.wait()
        process.send_signal(number)
        heard = await clients
        for sample, messages in zip(samples(), heard, strict=True):
            said(finals(messages), sample)
            assert '"reason":"drain"' in messages[-1]
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def left_alone(url: str, sample: Sample, said_all: asyncio.Barrier) -> list[str]:
    """Messages to a client that sends nothing more while the server gets a signal to stop."""
    async with speaking(url, sample) as socket:
        heard = [str(await socket.recv())]
        # The pong means that the server has read all audio before the ping.
        await socket.send('{"type":"ping","id":"taken"}')
        while '"pong"' not in heard[-1]:
            heard.append(str(await socket.recv()))
        await said_all.wait()
        heard += await rest(socket)
    assert socket.close_code == 1012
    return heard
