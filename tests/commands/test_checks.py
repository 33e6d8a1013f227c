"""What `realtime doctor` finds, on simulated machines."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import realtime
from realtime.cli import main
from realtime.commands import checks
from realtime.weights.hub import Hub
from realtime.weights.index.package_index import PackageIndex
from realtime.weights.index.packages import PACKAGED
from realtime.weights.sources import HUB, INDEX, Sources
from tests.serving import Served
from tests.weights import index_server
from tests.weights.hub_server import LocalHub, serve


@pytest.fixture
def local_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serve() as hub:
        yield hub


def planted(folder: Path, content: str) -> Path:
    path = folder / "planted"
    path.write_text(content, encoding="utf-8")
    return path


def test_cpu_flags_are_checked(tmp_path: Path) -> None:
    fast = checks.check_cpu(planted(tmp_path, "flags\t\t: fpu avx avx2 avx512_vnni\n"))
    assert fast.status == "ok"
    assert "avx2, avx512_vnni" in fast.found
    slow = checks.check_cpu(planted(tmp_path, "flags\t\t: fpu avx\n"))
    assert slow.status == "warn"
    assert checks.check_cpu(tmp_path / "none").status == "ok"


@pytest.mark.parametrize(
    ("limit", "cores", "status"),
    [("150000 100000\n", 1.5, "warn"), ("50000 100000\n", 0.5, "warn")],
)
def test_a_containers_limit_of_cores_counts(
    tmp_path: Path, limit: str, cores: float, status: str
) -> None:
    found = checks.check_cores(planted(tmp_path, limit))
    own = len(os.sched_getaffinity(0))
    assert found.found == f"{min(cores, own):g}"
    assert found.status == status


def test_without_a_limit_all_cores_count(tmp_path: Path) -> None:
    found = checks.check_cores(planted(tmp_path, "max 100000\n"))
    assert found.found == f"{len(os.sched_getaffinity(0))}"


@pytest.mark.parametrize(("kib", "status"), [(8_000_000, "ok"), (500_000, "warn")])
def test_memory_is_checked(tmp_path: Path, kib: int, status: str) -> None:
    content = f"MemTotal: 9000000 kB\nMemAvailable: {kib} kB\n"
    found = checks.check_memory(planted(tmp_path, content))
    assert found.status == status
    assert found.found == f"{kib / 1e6:.1f} GB available"


@pytest.mark.parametrize(
    ("listed", "usable", "device", "status"),
    [
        ([], 0, "auto", "ok"),
        ([], 0, "cuda", "fail"),
        (["NVIDIA H200, driver 575.57, 144000 MiB"], 1, "auto", "ok"),
        (["NVIDIA H200, driver 550.90, 144000 MiB"], 1, "auto", "warn"),
        (["NVIDIA H200, driver 550.90, 144000 MiB"], 0, "auto", "warn"),
        (["NVIDIA H200, driver 575.57, 144000 MiB"], 0, "cuda", "fail"),
    ],
)
def test_gpu_and_driver_are_checked(
    listed: list[str], usable: int, device: str, status: str
) -> None:
    found = checks.judge_gpu(listed, usable, device)
    assert found.status == status
    assert (status == "ok") is (found.advice == "")


def test_models_on_disk_are_listed(tmp_path: Path) -> None:
    assert checks.check_models(tmp_path).status == "warn"
    snapshot = tmp_path / "models--me--mine" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    for name in ("config.json", "model.bin", "tokenizer.json", "vocabulary.json"):
        (snapshot / name).write_text("x", encoding="utf-8")
    assert checks.check_models(tmp_path) == checks.Check("models", "ok", "me/mine")


def sources_of(hub: Hub) -> Sources:
    return Sources(hub, PackageIndex(hub.cache_dir, 30))


def test_the_index_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = sources_of(Hub(tmp_path, "http://127.0.0.1:9", timeout_s=30))
    with index_server.serve() as index:
        index_server.use(index.url, monkeypatch)
        assert checks.check_index(sources).status == "warn"
        package = PACKAGED["base"].packages[0]
        name, content = index_server.wheel(package.name, package.version, {})
        index.files[package.name] = {name: content}
        assert checks.check_index(sources).status == "ok"
        index.requests.clear()
        assert checks.check_index(replace(sources, order=(HUB,))).status == "ok"
        offline = replace(sources, hub=replace(sources.hub, offline=True))
        assert checks.check_index(offline).status == "ok"
        assert index.requests == []


def test_the_hub_is_checked(tmp_path: Path, local_hub: LocalHub) -> None:
    sources = sources_of(Hub(tmp_path, local_hub.endpoint, timeout_s=30))
    assert checks.check_hub(sources).status == "warn"
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (folder / name).write_text("x", encoding="utf-8")
    local_hub.repositories["Systran/faster-whisper-small"] = folder
    assert checks.check_hub(sources).status == "ok"
    local_hub.requests.clear()
    assert checks.check_hub(replace(sources, order=(INDEX,))).status == "ok"
    offline = sources_of(Hub(tmp_path, local_hub.endpoint, 30, offline=True))
    assert checks.check_hub(offline).status == "ok"
    assert local_hub.requests == []


def test_ports_are_checked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = checks.check_port("127.0.0.1", port)
        assert (found.name, found.status) == (f"port {port}", "fail")
        assert "--port" in found.advice
        assert "--web-port" in checks.check_port("127.0.0.1", port, "--web-port").advice
        assert "another program" in found.found
    assert checks.check_port("127.0.0.1", 0).status == "ok"
    assert checks.check_port("192.0.2.1", 8765).status == "fail"  # no address of this machine
    assert checks.check_port("no such host", 8765).status == "fail"


def test_a_port_of_a_running_server_is_recognised(
    api: Served, capsys: pytest.CaptureFixture[str], no_settings: None
) -> None:
    assert api.app.api is not None
    ports = (api.app.server.port, api.app.api.port)
    order = ("--port", str(ports[0]), "--api-port", str(ports[1]), "--web-port", "-1")
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json", *order])
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    for port in ports:
        check = found[f"port {port}"]
        assert check["status"] == "ok"
        assert check["found"] == (
            f"this server runs on 127.0.0.1: version {realtime.__version__}, "
            "model micro (bundled demo)"
        )
    assert ended.value.code == 0


def test_the_data_folder_is_checked(tmp_path: Path) -> None:
    assert checks.check_data_dir(tmp_path / "not" / "yet").status == "ok"
    (tmp_path / "file").touch()
    assert "not a folder" in checks.check_data_dir(tmp_path / "file" / "data").found
    assert checks.check_data_dir(tmp_path, min_free_gb=float("inf")).status == "warn"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert checks.check_data_dir(tmp_path / "data").status == "fail"


def test_a_data_folder_that_others_may_enter_fails(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o750)
    check = checks.check_data_dir(folder)
    assert (check.status, "chmod 700" in check.advice) == ("fail", True)
    assert checks.check_data_dir(folder, shared=True).status != "fail"
    folder.chmod(0o700)
    assert checks.check_data_dir(folder).status != "fail"


def test_tools_are_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checks.check_tool("ffmpeg") == checks.Check("ffmpeg", "ok", str(tmp_path / "ffmpeg"))
    (tmp_path / "ffmpeg").unlink()
    assert checks.check_tool("ffmpeg").status == "warn"
