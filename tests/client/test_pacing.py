"""Packets are sent at the time at which they would have been spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from realtime.client import AudioFormat, BadSource, FileSource, PacketSource
from realtime.client.pacing import Pace, paced
from tests.client.virtual_time import run_virtually

S16 = AudioFormat("s16le", 16_000, 1)


async def departures(
    packets: list[bytes], pace: Pace, pauses: float = 0.0
) -> list[tuple[float, int]]:
    """When each packet leaves, and its bytes; the receiver is busy for `pauses` seconds each time.
    The clock is virtual, so sleeping takes no time."""
    loop = asyncio.get_running_loop()
    seen = []
    async for packet in paced(PacketSource(packets, S16), pace):
        seen.append((round(loop.time(), 6), len(packet)))
        await asyncio.sleep(pauses)
    return seen


def test_fast_does_not_wait() -> None:
    packets = [bytes(64_000), bytes(10)]
    assert run_virtually(departures(packets, "fast")) == [(0.0, 64_000), (0.0, 10)]


def test_realtime_sends_each_tenth_of_a_second_when_it_is_over() -> None:
    times = run_virtually(departures([bytes(8_000)], "realtime"))
    assert times == [(0.1, 3_200), (0.2, 3_200), (0.25, 1_600)]


def test_delays_do_not_add_up() -> None:
    times = run_virtually(departures([bytes(3_200)] * 100, "realtime", pauses=0.03))
    assert [time for time, _ in times] == [round(0.1 * (n + 1), 6) for n in range(100)]


def test_a_late_packet_does_not_delay_later_ones() -> None:
    async def stuttering() -> AsyncIterator[bytes]:
        for n in range(10):
            if n == 3:
                await asyncio.sleep(0.45)
            yield bytes(3_200)

    async def script() -> list[float]:
        loop = asyncio.get_running_loop()
        return [
            round(loop.time(), 6) async for _ in paced(PacketSource(stuttering(), S16), "realtime")
        ]

    times = run_virtually(script())
    assert times[:3] == [0.1, 0.2, 0.3]
    assert times[3:6] == [0.75, 0.75, 0.75], "late, and the next ones at once"
    assert times[-1] == 1.0


def test_a_container_of_unknown_length_cannot_be_paced(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"ID3" + bytes(32_000))

    async def script(duration_s: float | None) -> float:
        source = FileSource(path)
        source.duration_s = duration_s
        async for _ in paced(source, "realtime"):
            pass
        return asyncio.get_running_loop().time()

    with pytest.raises(BadSource, match="pace fast"):
        run_virtually(script(None))
    assert run_virtually(script(4.0)) == pytest.approx(4.0)
