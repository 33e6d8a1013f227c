"""The image for the CPU, built here, and run as intended: read-only, as an ordinary user.

`make image` runs these tests, since a build takes minutes.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.docker.containers import Built, Container, Store, built, size
from tests.e2e.support import BIN, SAMPLES, finals, letters
from tests.e2e.support import environment as without_settings
from tests.jobs.processes import repeated, submit, upload
from tests.jobs.servers import free_port
from tests.waiting import until

SAMPLE = SAMPLES["en-call"]
MOST_BYTES = 450_000_000
"""Maximum size without the base image."""
PACKET_S, PACKET_BYTES = 0.1, 3200
TIMES = 40
"""Repetitions of the recording in the job that is interrupted."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def image(store: Store) -> Iterator[Built]:
    with built(store, "cpu") as made:
        yield made


class Server:
    """A container's ports, and requests to them."""

    def __init__(self, image: Built, folder: Path, name: str, **other: Any) -> None:
        live, api, page = (free_port() for _ in range(3))
        self.live = f"ws://127.0.0.1:{live}"
        self.api = f"http://127.0.0.1:{api}"
        self.jobs = f"http://127.0.0.1:{page}/api"
        settings = {"STT_PORT": live, "STT_API_PORT": api, "STT_WEB_PORT": page}
        own = {key: str(value) for key, value in settings.items()} | {"STT_MODEL": "bundled"}
        self.container = Container(
            image, folder / name, f"stt-{folder.name}-{name}"[:60], own, **other
        )

    def until_ready(self, process: subprocess.Popen[bytes]) -> None:
        def ready() -> bool:
            assert process.poll() is None, self.container.log
            return " ready " in self.container.log

        until(ready, "the container is not ready")

    def command(self, *arguments: object) -> list[str]:
        return [str(BIN / "realtime"), "stream", "--url", self.live, "--language", "en",
                "--json", *map(str, arguments), str(SAMPLE.path)]  # fmt: skip

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx2.get(f"{self.jobs}/transcribe-status/{job_id}").json()
        return found


def volumes(folder: Path, user: int = 1000, group: int = 0) -> dict[str, Path]:
    """Volumes: folders of the host, created as a user would."""
    made = {f"/app/{name}": folder / name for name in ("models", "audio", "data", "logs")}
    for path in made.values():
        path.mkdir()
        os.chown(path, user, group)
    return made


def written(mounted: dict[str, Path]) -> set[str]:
    """Top-level files and folders in the volumes, without ids."""
    return {
        f"{place}/{path.relative_to(folder).parts[0]}"
        for place, folder in mounted.items()
        for path in folder.rglob("*")
        if path.is_file()
    }


def spoken_while(url: str, happens: Callable[[], None]) -> list[str]:
    """Messages to a client that speaks until the server closes. `happens` is called once the stream
    is open."""
    audio = (SAMPLE.read() * 32_767).astype("<i2").tobytes()
    messages: list[str] = []
    with connect(f"{url}/?language=en&encoding=s16le") as socket:
        messages.append(str(socket.recv()))
        happens()
        with contextlib.suppress(ConnectionClosed):
            for start in itertools.count(0, PACKET_BYTES):
                socket.send(audio[start : start + PACKET_BYTES] or bytes(PACKET_BYTES))
                with contextlib.suppress(TimeoutError):
                    messages.append(str(socket.recv(timeout=PACKET_S)))
        with contextlib.suppress(ConnectionClosed):
            messages += map(str, socket)
    return messages


def test_the_image_is_small_without_compiler_and_torch(image: Built) -> None:
    assert size(image.root) - image.base_bytes <= MOST_BYTES
    assert not list((image.root / "usr/bin").glob("*gcc*"))
    packages = image.root / "opt/venv/lib/python3.11/site-packages"
    assert (packages / "celery").is_dir()
    assert not (packages / "torch").exists()
    bom = json.loads((image.root / "usr/share/sbom.cdx.json").read_text())
    assert any(part["name"] == "ctranslate2" for part in bom["components"])
    assert image.config["Labels"]["org.opencontainers.image.licenses"] == "MIT"


def test_it_serves_read_only_and_ends_in_order(image: Built, tmp_path: Path) -> None:
    mounted = volumes(tmp_path)
    (mounted["/app/audio"] / "call.wav").write_bytes(SAMPLE.path.read_bytes())
    server = Server(image, tmp_path, "serve", volumes=mounted)
    with server.container.running() as process:
        server.until_ready(process)
        assert "open_to_everyone" in server.container.log
        assert server.container.run("healthcheck").returncode == 0
        assert server.container.run("touch", "/opt/venv/x", "/app/x").returncode == 1
        said = subprocess.run(
            server.command("--pace", "fast"), env=without_settings(), capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        assert letters(finals(said.stdout.splitlines())) == letters(SAMPLE.text)
        named = {"file_path": "/app/audio/call.wav", "language": "en"}
        answer = httpx2.post(f"{server.api}/transcribe", data=named, timeout=120)
        assert letters(answer.json()["text"]) == letters(SAMPLE.text)
        messages = spoken_while(server.live, lambda: server.container.kill("TERM"))
        assert letters(finals(messages)).startswith(letters(SAMPLE.text)[:20])
        assert [json.loads(line)["type"] for line in messages][-1] == "end"
        assert process.wait(60) == 0, server.container.log
    assert written(mounted) == {
        "/app/audio/call.wav",
        "/app/data/jobs.sqlite3",
        "/app/logs/realtime.log",
    }


def test_a_job_survives_with_its_volume(image: Built, tmp_path: Path) -> None:
    mounted = volumes(tmp_path)
    server = Server(image, tmp_path, "jobs", volumes=mounted)
    with server.container.running() as process:
        server.until_ready(process)
        short = submit(server.jobs, upload(server.jobs, "a.wav", repeated(SAMPLE, 1)), "a", "en")
        until(lambda: server.job(short)["status"] == "completed", "the first job")
        long = submit(server.jobs, upload(server.jobs, "b.wav", repeated(SAMPLE, TIMES)), "b", "en")
        until(lambda: server.job(long)["status"] == "processing", "the second job")
        server.container.kill("KILL")
        assert process.wait(60) != 0
    with server.container.running() as process:
        server.until_ready(process)
        assert letters(server.job(short)["result"]["text"]) == letters(SAMPLE.text)
        until(lambda: server.job(long)["status"] == "completed", "the second job")
        assert server.job(long)["result"]["text"].lower().count("alice") == TIMES
        server.container.kill("TERM")
        assert process.wait(60) == 0, server.container.log


def test_the_former_entry_runs_as_any_user(image: Built, tmp_path: Path) -> None:
    server = Server(
        image, tmp_path, "former", volumes=volumes(tmp_path, 1234, 1234), user=(1234, 1234),
        command=["python", "realtime_server.py", "--language", "en"],
    )  # fmt: skip
    with server.container.running() as process:
        server.until_ready(process)
        server.container.kill("TERM")
        assert process.wait(60) == 0, server.container.log


def test_a_folder_of_another_user_is_explained(image: Built, tmp_path: Path) -> None:
    server = Server(image, tmp_path, "owner", volumes=volumes(tmp_path, 0, 0))
    with server.container.running() as process:
        assert process.wait(60) == 2
    assert "chown 1000" in server.container.log
    assert "docker run --user" in server.container.log
