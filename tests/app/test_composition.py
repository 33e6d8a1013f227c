"""Each role's services, with the bundled model: created for each other, started in order, drained
and stopped in reverse."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from realtime.app.composition import Composition
from realtime.app.roles import Role, server_roles
from realtime.app.services.base import Service, ServiceRunner
from realtime.client import Final, Transcriber
from realtime.errors import LoadFailed, SetupError
from realtime.settings import Settings
from realtime.weights.bundled import samples

DOCS = Path(__file__).parents[2] / "docs"
HELLO = next(sample for sample in samples() if sample.name == "en-hello")
MODEL = ("CoreRelease", "ModelLoader")
SERVER = ("LoopLag", "SpeakerDownload", "UsageWriter")
JOBS = ("JobStorage", "JobMaintenance", "JobTaker")
OF_ROLE = {
    Role.LIVE: {*MODEL, *SERVER, "SpeakerThreads", "WebSocketServer"},
    Role.API: {*MODEL, *SERVER, "HttpApi"},
    Role.PAGE: {*MODEL, *SERVER, *JOBS, "WebService"},
    Role.WORKER: {*MODEL, *JOBS},
}


class Watched:
    """A service that records each call once it is done."""

    def __init__(self, service: Service, told: list[str]) -> None:
        self._service = service
        self._told = told
        self.name = type(service).__name__

    async def start(self) -> None:
        await self._service.start()
        self._told.append(f"start {self.name}")

    async def drain(self) -> None:
        self._told.append(f"drain {self.name}")
        await self._service.drain()

    async def stop(self) -> None:
        await self._service.stop()
        self._told.append(f"stop {self.name}")


def settings(folder: Path, **values: object) -> Settings:
    own = {"model": "bundled", "device": "cpu", "language": "en", "speaker_model": "bundled"}
    ports = {"port": 0, "api_port": 0, "web_port": 0, "public_ws_url": "ws://localhost:1"}
    return Settings.model_validate({**own, **ports, "data_dir": folder, **values})


def watched(parts: Composition, told: list[str]) -> list[list[Watched]]:
    return [[Watched(service, told) for service in stage] for stage in parts.stages()]


def names(stages: list[list[Watched]]) -> list[str]:
    return [service.name for stage in stages for service in stage]


async def use(parts: Composition) -> None:
    """Use everything that the process's roles provide."""
    if Role.LIVE in parts.roles:
        url = f"ws://127.0.0.1:{parts.live.port}"
        events = Transcriber(url, language="en").stream(HELLO.path)
        assert [event.text async for event in events if isinstance(event, Final)] == [HELLO.text]
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        if Role.API in parts.roles:
            answer = await http.post(
                f"http://127.0.0.1:{parts.api.port}/transcribe",
                files={"file": HELLO.path.read_bytes()},
            )
            assert answer.json()["text"] == HELLO.text
        if Role.PAGE in parts.roles:
            shown = await http.get(f"http://127.0.0.1:{parts.page.port}/api/config")
            assert shown.json()["demo"] is True


@pytest.mark.parametrize("roles", [*([role] for role in Role), [Role.LIVE, Role.API, Role.PAGE]])
async def test_a_role_starts_drains_and_stops(roles: list[Role], tmp_path: Path) -> None:
    told: list[str] = []
    parts = Composition(frozenset(roles), settings(tmp_path))
    stages = watched(parts, told)
    order = names(stages)
    assert set(order) == set().union(*(OF_ROLE[role] for role in roles))
    assert len(order) == len(set(order))
    services = ServiceRunner(stages)
    await services.start()
    assert told == [f"start {name}" for name in order]
    assert parts.core.engine.ready
    await use(parts)
    await services.drain()
    drained = [name.removeprefix("drain ") for name in told[len(order) :]]
    assert drained == [service.name for stage in reversed(stages) for service in stage]
    await services.stop()
    assert told[2 * len(order) :] == [f"stop {name}" for name in reversed(order)]
    assert not parts.core.engine.ready


async def test_ports_are_bound_before_the_model_is_loaded(tmp_path: Path) -> None:
    told: list[str] = []
    stages = watched(Composition(server_roles(settings(tmp_path)), settings(tmp_path)), told)
    order = names(stages)
    listeners = [order.index(name) for name in ("WebSocketServer", "HttpApi", "WebService")]
    assert listeners == sorted(listeners)
    assert max(listeners) < order.index("ModelLoader") < order.index("JobTaker")
    await ServiceRunner(stages).stop()


async def test_a_model_that_cannot_be_loaded_frees_the_ports(tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise LoadFailed("It is broken.")

    parts = Composition(
        server_roles(settings(tmp_path)),
        settings(tmp_path),
        refuse,  # type: ignore[arg-type]
    )
    with pytest.raises(LoadFailed, match="broken"):
        await ServiceRunner(parts.stages()).start()
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await asyncio.open_connection("127.0.0.1", parts.page.port)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


async def test_a_port_in_use_fails_before_the_model_is_loaded(taken: int, tmp_path: Path) -> None:
    told: list[str] = []
    wanted = settings(tmp_path, api_port=taken)
    parts = Composition(server_roles(wanted), wanted)
    stages = watched(parts, told)
    with pytest.raises(SetupError, match="--api-port"):
        await ServiceRunner(stages).start()
    assert "start WebSocketServer" in told
    assert "start ModelLoader" not in told
    assert [name for name in told if name.startswith("stop")] == [
        f"stop {name}" for name in reversed(names(stages))
    ]


def test_a_page_with_an_api_elsewhere_loads_no_model(tmp_path: Path) -> None:
    wanted = settings(tmp_path, api_url="http://gpu:8003")
    parts = Composition(frozenset({Role.PAGE}), wanted)
    assert "ModelLoader" not in names(watched(parts, []))
    parts.jobs.storage.store.close()


@pytest.mark.parametrize("page", ["architecture.md", "architecture.ko.md"])
def test_the_documented_table_is_that_of_the_code(page: str, tmp_path: Path) -> None:
    text = (DOCS / page).read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|(.*?)\|(.*?)\|(.*?)\|(.*?)\|", text, re.MULTILINE)
    for column, role in enumerate(Role, start=1):
        documented = [row[0] for row in rows if row[column].strip()]
        run = set[str]()
        for number, queue in enumerate(("", "redis://127.0.0.1:9")):
            wanted = settings(tmp_path / f"{role.name}-{number}", queue_url=queue)
            parts = Composition(frozenset({role}), wanted)
            found = names(watched(parts, []))
            assert found == [name for name in documented if name in found]
            run |= set(found)
            if role in (Role.PAGE, Role.WORKER):
                parts.jobs.storage.store.close()
        assert run == set(documented)
