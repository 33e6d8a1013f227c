"""Services are started in order, drained and stopped in reverse, and none is left behind."""

from __future__ import annotations

import asyncio

import pytest

from realtime.app.services.base import PartialService, Service, ServiceRunner
from realtime.errors import SetupError


class Told:
    """Records its calls."""

    def __init__(self, name: str, told: list[str], refuses: str = "") -> None:
        self._name = name
        self._told = told
        self._refuses = refuses

    async def start(self) -> None:
        self._note("start")

    async def drain(self) -> None:
        self._note("drain")

    async def stop(self) -> None:
        self._note("stop")

    def _note(self, verb: str) -> None:
        self._told.append(f"{verb} {self._name}")
        if verb == self._refuses:
            raise SetupError(f"{self._name} cannot {verb}.")


def runner(told: list[str], *names: str, refuses: dict[str, str] | None = None) -> ServiceRunner:
    return ServiceRunner([[Told(name, told, (refuses or {}).get(name, ""))] for name in names])


async def test_services_start_in_order_and_stop_in_reverse() -> None:
    told: list[str] = []
    services = runner(told, "a", "b")
    await services.start()
    await services.drain()
    await services.stop()
    await services.stop()
    assert told == ["start a", "start b", "drain b", "drain a", "stop b", "stop a"]


async def test_a_service_that_cannot_start_leaves_none_running() -> None:
    told: list[str] = []
    services = runner(told, "a", "b", "c", refuses={"b": "start"})
    with pytest.raises(SetupError, match="b cannot start"):
        await services.start()
    assert told == ["start a", "start b", "stop c", "stop b", "stop a"]
    await services.stop()
    assert told[5:] == []


async def test_a_service_that_cannot_stop_does_not_prevent_others_from_stopping() -> None:
    told: list[str] = []
    services = runner(told, "a", "b", "c", refuses={"b": "stop"})
    await services.start()
    with pytest.raises(SetupError, match="b cannot stop"):
        await services.stop()
    assert told[3:] == ["stop c", "stop b", "stop a"]


async def test_services_of_a_stage_are_drained_together() -> None:
    """Each waits for the other one: one after the other, they would wait forever."""
    meeting = asyncio.Barrier(2)

    class Meets(PartialService):
        async def drain(self) -> None:
            async with asyncio.timeout(60):
                await meeting.wait()

    together: list[Service] = [Meets(), Meets()]
    services = ServiceRunner([together])
    await services.start()
    await services.drain()
    await services.stop()
