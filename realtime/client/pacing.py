"""Paces packets in real time: each one is sent when its audio would have been spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal, TypeAlias

from realtime.client.errors import BadSource
from realtime.client.sources import PACKET_S, Source, iterating

Pace: TypeAlias = Literal["fast", "realtime"]


async def paced(source: Source, pace: Pace) -> AsyncIterator[bytes]:
    """The packets of `source`: as they come, or each at the end of its own audio, as a recorder
    would send them.

    The schedule is absolute, so that a late packet delays no other and errors do not add up. Raises
    `BadSource` where the bytes per second are unknown.
    """
    if pace == "fast":
        async with iterating(source) as packets:
            async for packet in packets:
                yield packet
        return
    rate = source.bytes_per_s
    if not rate:
        raise BadSource("This file's duration is not known, so it can only be sent at pace fast.")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    played = 0
    step = max(1, round(rate * PACKET_S))
    if source.format.frame_bytes:
        step = max(1, step // source.format.frame_bytes) * source.format.frame_bytes
    async with iterating(source) as packets:
        async for packet in packets:
            for at in range(0, len(packet), step):
                part = packet[at : at + step]
                played += len(part)
                await asyncio.sleep(max(0.0, begun + played / rate - loop.time()))
                yield part
