"""Whole runs: files to a server of this project and to a callable, live streams, failures,
interrupts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from realtime.cli import main
from realtime.settings import Settings
from tests.e2e.support import BIN, environment, interruptible
from tests.serving import Served, serving

TARGETS = """
import asyncio

calls = 0


async def good(wav):
    assert wav[:4] == b"RIFF"
    return {"text": "yes"}


async def moody(wav):
    global calls
    calls += 1
    if calls % 4 == 2:
        raise KeyError("lost")
    if calls % 4 == 3:
        return {"success": False, "text": "", "error": "no"}
    if calls % 4 == 0:
        return ["no text"]
    return {"text": "yes"}


async def slow(wav):
    await asyncio.sleep(3600)


async def endless(wav):
    await asyncio.sleep(0.01)
    return {"text": "yes"}


def wrong(wav):
    return {"text": "no coroutine"}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with an API key and the HTTP API."""
    settings = Settings(
        host="127.0.0.1",
        port=0,
        api_port=0,
        model="bundled",
        language="en",
        api_keys=(SecretStr("right"),),
        data_dir=tmp_path_factory.mktemp("data"),
    )
    with serving(settings) as served:
        yield served


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("STT_") or name == "CONFIG_PATH":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "targets_of_test", raising=False)
    (tmp_path / "targets_of_test.py").write_text(TARGETS, encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["load-test", *map(str, arguments)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def results(path: str = "r.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


def test_our_server_over_http(server: Served, capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.yaml").write_text(
        f"total_requests: 6\nwarmup_requests: 2\nconcurrent_requests: 3\naudio_duration: 4\n"
        f"language: en\napi: {{base_url: '{server.api}', api_key: right}}\n",
        encoding="utf-8",
    )
    code = run("--config", "config.yaml", "--save-path", "r.json", "--report", "out.html")
    out = capsys.readouterr().out
    assert code == 0, out
    found = results()
    metrics = found["metrics"]
    assert (metrics["total"], metrics["succeeded"], metrics["errors"]) == (6, 6, {})
    assert (len(found["requests"]), found["interrupted"]) == (6, False)
    assert metrics["rtfx"] == pytest.approx(metrics["audio_seconds"] / metrics["wall_time"])
    assert metrics["word_error_rate"] < 60, "it says what was spoken"
    assert found["settings"]["api"]["api_key"] == "***"
    assert isinstance(found["settings"]["seed"], int), "the run can be had again"
    assert "right" not in Path("r.json").read_text(encoding="utf-8")
    for word in ("Configuration", "Warm-up", "P95".lower(), "throughput", "RTFx", "100.0 %"):
        assert word in out
    page = Path("out.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    for shown in (out, page):
        assert "word errors, synthetic voices" in shown
        assert "realtime evaluate" in shown, "which tells how well people are heard"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("--token", "wrong"), "401"),
        (("--token", "right", "--endpoint", "/none"), "404"),
        (("--url", "http://127.0.0.1:9"), "connection"),
    ],
)
def test_failures_are_counted_by_kind(
    server: Served, arguments: tuple[str, ...], kind: str
) -> None:
    code = run(
        *("--url", server.api, *arguments, "--total-requests", 3, "--warmup-requests", 1),
        *("--audio-source", "random", "--audio-duration", 1, "--save-path", "r.json"),
    )
    metrics = results()["metrics"]
    assert (code, metrics["failed"], metrics["warmup_failed"]) == (1, 3, 1)
    ((found, count),) = metrics["errors"].items()
    assert (found.split()[0], count) == (kind, 3)
    assert all(request["message"] for request in results()["requests"])


def test_former_flags_still_work(server: Served) -> None:
    order = ("--total-requests", 1, "--warmup-requests", 0, "--audio-duration", 2)
    where = ("--base-url", server.api, "--api-key", "right", "--language", "en")
    assert run(*order, *where, "--audio-source", "random") == 0


def test_a_callable_is_a_target(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = (
        *("--total-requests", 8, "--warmup-requests", 0, "--audio-source", "random"),
        *("--audio-duration", 0.2, "--concurrent-requests", 1),
    )
    assert run(*order, "--target", "targets_of_test:good") == 0
    (path,) = (here / "state/realtime-whisper/load-tests").glob("stt_load_test_results_*.json")
    assert results(str(path))["metrics"]["succeeded"] == 8
    assert str(path) in capsys.readouterr().out
    assert not [*Path().glob("*.json")], "nothing in whatever folder it was started in"
    assert run(*order, "--target", "targets_of_test:good", "--report", "out/r.html") == 0
    assert [*Path("out").glob("stt_load_test_results_*.json")]

    assert run(*order, "--target", "targets_of_test:moody", "--save-path", "r.json") == 1
    assert results()["metrics"]["errors"] == {"KeyError": 2, "not_successful": 2, "no_text": 2}

    slow = ("--target", "targets_of_test:slow", "--timeout", 0.05, "--total-requests", 2)
    assert run(*order, *slow, "--save-path", "r.json") == 1
    assert results()["metrics"]["errors"] == {"timeout": 2}


def test_live_streams(server: Served, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(
        *("--mode", "websocket", "--url", server.url, "--token", "right"),
        *("--language", "en", "--total-requests", 3, "--concurrent-requests", 3),
        *("--warmup-requests", 0, "--audio-duration", 4, "--sample-rate", 24_000),
        *("--save-path", "r.json", "--report", "out.html"),
    )
    assert code == 0, capsys.readouterr().out
    metrics = results()["metrics"]
    assert (metrics["streams"], metrics["succeeded"]) == (3, 3)
    assert metrics["utterances"] >= 1
    assert metrics["dropped_partials"] >= 0
    for name in ("first_partial", "final"):
        assert 0 < metrics[name]["p50"] <= metrics[name]["p95"] <= metrics[name]["p99"]
    assert metrics["word_error_rate"] < 60
    assert "Latency over the run" in Path("out.html").read_text(encoding="utf-8")


def test_a_server_that_sustains_all_streams_tried(
    server: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(
        *("--mode", "websocket", "--url", server.url, "--token", "right"),
        *("--language", "en", "--find-capacity", "--most-streams", 2, "--max-p95-final", 60),
        *("--concurrent-requests", 1, "--warmup-requests", 0, "--audio-duration", 1),
        *("--save-path", "r.json"),
    )
    found, out = results(), capsys.readouterr().out
    assert (code, found["metrics"]["capacity"]) == (0, 2), out
    assert [(step["streams"], step["held"]) for step in found["capacity_steps"]] == [
        (1, True),
        (2, True),
    ]
    assert "Capacity: 2 streams" in out


def test_the_capacity_of_a_server_that_refuses_all_streams(server: Served) -> None:
    code = run(
        *("--mode", "websocket", "--url", server.url, "--token", "wrong"),
        *("--find-capacity", "--concurrent-requests", 2, "--warmup-requests", 0),
        *("--audio-duration", 1, "--save-path", "r.json", "--report", "out.html"),
    )
    found = results()
    assert (code, found["metrics"]["capacity"]) == (1, 0)
    assert [step["streams"] for step in found["capacity_steps"]] == [1, 2]
    assert set(found["metrics"]["errors"]) == {"handshake 401"}
    assert "Latency over N" in Path("out.html").read_text(encoding="utf-8")


def test_an_interrupted_run_writes_its_results(here: Path) -> None:
    command = [
        *(str(BIN / "realtime"), "load-test", "--target", "targets_of_test:endless"),
        *("--total-requests", "1000000", "--audio-source", "random", "--audio-duration", "60"),
        *("--warmup-requests", "1", "--save-path", "r.json", "--report", "out.html"),
    ]
    with interruptible(
        command, env=environment(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert any(line.startswith("Warm-up") for line in running.stdout)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Interrupted" in out
    assert results()["interrupted"] is True
    assert Path("out.html").exists()


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--target", "targets_of_test"), "module:function"),
        (("--target", "targets_of_test:none"), "has no none"),
        (("--target", "no_such_module:f"), "cannot be imported"),
        (("--target", "targets_of_test:wrong"), "async function"),
        (("--target", "targets_of_test:good", "--mode", "websocket"), "whole files"),
        (("--find-capacity",), "--mode websocket"),
        (("--find-capacity", "--mode", "websocket", "--audio-source", "random"), "spoken words"),
        (("--audio-source", "none"), "folder"),
        (("--audio-source", "."), "targets_of_test.py"),
        (("--config", "none.yaml"), "--config"),
        (("--total-requests", "0"), "--total-requests"),
    ],
)
def test_mistakes_of_the_user_are_reported(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], advice: str
) -> None:
    assert run(*arguments) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert advice in err
