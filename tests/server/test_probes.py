"""`/health`, `/ready`, `/live`, `/metrics` on the WebSocket port."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realtime.backends.scripted import ScriptedBackend
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.metrics import Metrics
from realtime.server.admission import Admission, AdmissionOptions
from realtime.server.probes import STALE_S, Probes
from realtime.transcribe.memory import memory
from realtime.types import SAMPLE_RATE, DecodeOptions, Window
from tests.server.support import PATIENCE_S, client, running, script, tones
from tests.server.websocket.test_handshake import ask
from tests.waiting import eventually

TALK = script("alpha bravo")


async def get(url: str, path: str) -> tuple[int, dict[str, str], bytes]:
    return await ask(url, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")


async def get_json(url: str, path: str) -> tuple[int, Any]:
    status, headers, body = await get(url, path)
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    return status, json.loads(body)


async def test_a_server_that_serves() -> None:
    async with running(TALK) as served:
        assert await get_json(served.url, "/live") == (200, {"live": True})
        status, ready = await get_json(served.url, "/ready")
        assert (status, ready["ready"]) == (200, True)
        status, health = await get_json(served.url, "/health")
        assert (status, health["status"], health["model"]) == (200, "ok", "scripted")
        assert health["memory"]["status"] in ("ok", "warning", "critical")
        async with client(served.url) as caller:
            await caller.play(tones(TALK, 4.0))
            await caller.end()
        await eventually(lambda: served.metric("sessions_active") == 0.0)  # after the farewell
        status, headers, body = await get(served.url, "/metrics")
        assert status == 200
        assert headers["Content-Type"].startswith("text/plain")
        lines = body.decode().splitlines()
        assert "realtime_finals_total 1.0" in lines
        assert round(served.metric("audio_seconds_total"), 6) == 4.0
        assert "realtime_sessions_active 0.0" in lines


async def test_a_draining_server_is_not_ready() -> None:
    async with running(TALK) as served:
        served.admission.draining = True
        status, ready = await get_json(served.url, "/ready")
        assert (status, ready["ready"]) == (503, False)
        status, health = await get_json(served.url, "/health")
        assert (status, health["status"]) == (200, "draining")
        assert (await get_json(served.url, "/live"))[0] == 200


def probes(engine: Engine, warning: str = "") -> Probes:
    door = Admission(AdmissionOptions(), ready=lambda: engine.ready, overloaded=lambda: False)
    return Probes(
        engine,
        Metrics(),
        draining=lambda: door.draining,
        proof=lambda: Window(np.zeros(SAMPLE_RATE, np.float32), 0, False, DecodeOptions()),
        warning=lambda: warning,
    )


def test_while_the_model_loads() -> None:
    asked = probes(Engine(lambda: ScriptedBackend(TALK)), warning="only a demonstration")
    status, _, body = asked.ready()
    assert (status, json.loads(body)["ready"]) == (503, False)
    status, _, body = asked.health()
    assert status == 200
    assert json.loads(body)["status"] == "loading"
    assert json.loads(body)["warning"] == "only a demonstration"


async def test_a_model_that_hangs_is_not_ready() -> None:
    entered, gate = threading.Event(), threading.Event()

    def hang(_: Sequence[Window]) -> None:
        entered.set()
        gate.wait(PATIENCE_S)

    backend = ScriptedBackend(TALK, before_decode=hang)
    options = EngineOptions(stall_s=0.0)
    async with running(backend, engine=options) as served:
        window = Window(np.zeros(SAMPLE_RATE, np.float32), 0, True, DecodeOptions())
        try:
            works = [asyncio.create_task(served.engine.decode(window))]
            await eventually(entered.is_set)
            assert (await get_json(served.url, "/ready"))[0] == 200
            works.append(asyncio.create_task(served.engine.decode(window)))
            await eventually(lambda: not served.engine.ready)
            status, ready = await get_json(served.url, "/ready")
            assert (status, ready["ready"]) == (503, False)
            status, health = await get_json(served.url, "/health")
            assert (status, health["status"]) == (200, "unready")
        finally:
            gate.set()
        await asyncio.gather(*works)
        assert (await get_json(served.url, "/ready"))[0] == 200


async def test_an_old_success_is_renewed_by_a_decode() -> None:
    times = [100.0]
    engine = Engine(lambda: ScriptedBackend(TALK), clock=lambda: times[0])
    engine.start()
    try:
        window = Window(np.zeros(SAMPLE_RATE, np.float32), 0, True, DecodeOptions())
        await engine.decode(window)
        asked = probes(engine)
        times[0] += STALE_S + 1
        status, _, body = asked.ready()
        assert (status, json.loads(body)["last_inference_s"]) == (200, STALE_S + 1)
        await eventually(lambda: engine.status().passes == 2)
        assert json.loads(asked.ready()[2])["last_inference_s"] == 0
    finally:
        engine.stop()


def test_memory_is_reported_in_words_and_figures() -> None:
    told = memory()
    assert told["status"] in ("ok", "warning", "critical")
    assert isinstance(told["message"], str)


def test_a_containers_memory_is_what_its_limit_leaves(tmp_path: Path) -> None:
    proc = tmp_path / "meminfo"
    proc.write_text("MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n")
    assert (memory(proc, tmp_path)["total_mb"], memory(proc, tmp_path)["available_mb"]) == (
        8192,
        4096,
    )
    for name, text in (
        ("memory.max", str(1 << 30)),
        ("memory.current", str(1000 << 20)),
        ("memory.stat", f"anon 5\ninactive_file {76 << 20}\n"),
    ):
        (tmp_path / name).write_text(text)
    told = memory(proc, tmp_path)
    assert (told["total_mb"], told["available_mb"], told["status"]) == (1024, 100, "warning")
    (tmp_path / "memory.current").write_text(str(1090 << 20))
    assert memory(proc, tmp_path)["status"] == "critical"
    (tmp_path / "memory.max").write_text("max\n")
    assert memory(proc, tmp_path)["total_mb"] == 8192
    assert memory(tmp_path / "none")["status"] == "ok"
