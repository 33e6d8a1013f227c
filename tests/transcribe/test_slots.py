"""Slots for files: a limited number runs, a limited number waits, further ones are refused."""

from __future__ import annotations

import asyncio

import pytest

from realtime.errors import LimitReached
from realtime.transcribe.slots import FileSlots


async def _hold(places: FileSlots, go: asyncio.Event, order: list[int], number: int) -> None:
    async with places.place():
        order.append(number)
        await go.wait()


async def test_files_run_in_order_of_arrival() -> None:
    places, order = FileSlots(2, 2), list[int]()
    gates = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(_hold(places, gates[n], order, n)) for n in range(4)]
    await asyncio.sleep(0)
    assert (order, places.running, places.waiting) == ([0, 1], 2, 2)
    with pytest.raises(LimitReached) as refused:
        places.check()
    assert refused.value.retry_after_s
    with pytest.raises(LimitReached):
        async with places.place():
            pass
    gates[1].set()
    await tasks[1]
    places.check()
    assert order == [0, 1, 2]
    for gate in gates:
        gate.set()
    await asyncio.gather(*tasks)
    assert (order, places.running, places.waiting) == ([0, 1, 2, 3], 0, 0)


async def test_patient_files_wait_however_long_the_queue_is() -> None:
    places, order, go = FileSlots(1, 0), list[int](), asyncio.Event()
    first = asyncio.create_task(_hold(places, go, order, 0))
    await asyncio.sleep(0)

    async def patient() -> None:
        async with places.place(patient=True):
            order.append(9)

    waiting = asyncio.create_task(patient())
    await asyncio.sleep(0)
    assert (order, places.waiting) == ([0], 1)
    go.set()
    await asyncio.gather(first, waiting)
    assert order == [0, 9]


async def test_a_file_that_is_cancelled_or_fails_frees_its_slot() -> None:
    places, go = FileSlots(1, 1), asyncio.Event()
    first = asyncio.create_task(_hold(places, go, [], 0))
    second = asyncio.create_task(_hold(places, go, [], 1))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second])
    assert (places.running, places.waiting) == (1, 0)
    first.cancel()
    await asyncio.wait([first])
    assert (places.running, places.waiting) == (0, 0)
    with pytest.raises(ValueError, match="broken"):
        async with places.place():
            raise ValueError("broken")
    async with places.place():
        assert places.running == 1
