"""Plays audio to a server as a live client would, and records when each answer arrives.

Packet k of a stream leaves when its last sample would have been spoken, on an absolute schedule,
so that delays do not add up. Streams of one run start at random phases within a packet and a hop.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.scripts import join_texts
from realtime.types import SAMPLE_RATE, Samples

PACKET_S = 0.1
PHASE_S = 0.6
"""Range of random starts, more than a packet and a hop: streams in phase would send all their
requests together."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message from the server."""

    at_s: float
    """On the stream's own clock: seconds since its first sample was spoken."""
    message: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.message["type"])


@dataclass(slots=True)
class Playback:
    """One stream from its first packet to the server's close."""

    arrivals: list[Arrival] = field(default_factory=list)
    close_code: int | None = None
    late_s: float = 0.0
    """The longest delay of a sent packet: large values mean that the player, not the server, was
    overloaded."""

    @property
    def finals(self) -> list[Arrival]:
        return [a for a in self.arrivals if a.type == "final"]

    @property
    def partials(self) -> list[Arrival]:
        return [a for a in self.arrivals if a.type == "partial"]

    @property
    def text(self) -> str:
        texts = (arrival.message["text"] for arrival in self.finals)
        return join_texts(texts)


async def play(
    url: str,
    audio: Samples,
    query: str,
    phase_s: float = 0.0,
    *,
    paced: bool = True,
    rate: int = SAMPLE_RATE,
    token: str | None = None,
) -> Playback:
    """Stream `audio` (float32, at `rate` Hz), end it, and read to the close.

    Raises the error of `connect` where the server refuses the stream.
    """
    played = Playback()
    loop = asyncio.get_running_loop()
    headers = {"Authorization": f"Bearer {token}"} if token else None
    address = f"{url}{'' if urlsplit(url).path else '/'}?{query}"
    async with connect(
        address, compression=None, max_size=None, additional_headers=headers, proxy=None
    ) as socket:
        reading: list[float] = []
        started = asyncio.Event()
        reader = asyncio.create_task(_read(socket, played, reading, started))
        await asyncio.sleep(phase_s)
        started_at = loop.time()
        reading.append(started_at)
        started.set()
        data, step = audio.tobytes(), round(PACKET_S * rate) * 4
        for index, at in enumerate(range(0, len(data), step)):
            if paced:
                due = started_at + (index + 1) * PACKET_S
                await asyncio.sleep(max(0.0, due - loop.time()))
                played.late_s = max(played.late_s, loop.time() - due)
            try:
                await socket.send(data[at : at + step])
            except ConnectionClosed:
                break  # the close code says why
        with suppress(ConnectionClosed):
            await socket.send('{"type":"end"}')
        await reader
    played.close_code = socket.close_code
    return played


async def _read(
    socket: ClientConnection, played: Playback, started_at: list[float], started: asyncio.Event
) -> None:
    loop = asyncio.get_running_loop()
    with suppress(ConnectionClosed):  # the close code says why
        async for message in socket:
            now = loop.time()
            await started.wait()
            played.arrivals.append(Arrival(now - started_at[0], json.loads(message)))


async def play_all(
    url: str, streams: Sequence[tuple[Samples, str]], seed: int = 0, *, paced: bool = True
) -> list[Playback]:
    """Play all streams (audio, query) at once, each at its own phase."""
    rng = random.Random(seed)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(play(url, audio, query, rng.uniform(0, PHASE_S), paced=paced))
            for audio, query in streams
        ]
    return [task.result() for task in tasks]
