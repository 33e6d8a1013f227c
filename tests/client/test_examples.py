"""The example clients work as documented, against a real server of the protocol."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from tests.client.counting_server import CountingServer, counted, run

CLIENTS = Path(__file__).parents[2] / "clients"
PYTHON = sorted((CLIENTS / "python").glob("*.py"))


def write_wav(path: Path, samples: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(counted(samples))


async def output_of(*command: str | Path, given: bytes = b"") -> bytes:
    """Run an example against a server whose address replaces `URL`; → its output."""
    async with CountingServer().running() as server:
        arguments = [server.url if part == "URL" else str(part) for part in command]
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate(given)
        assert process.returncode == 0, errors.decode()
        return out


def test_there_is_an_example_of_every_kind() -> None:
    assert [path.stem for path in PYTHON] == [
        *("bare", "file", "microphone", "microphone_pyaudio", "pipe")
    ]
    for kind in ("python", "shell", "android", "ios", "javascript"):
        assert 3 <= len((CLIENTS / kind / "README.md").read_text().splitlines()) <= 8


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.stem)
def test_python_examples_compile(path: Path) -> None:
    compile(path.read_text(), str(path), "exec")


@pytest.mark.parametrize("name", ["bare", "file"])
def test_an_example_without_a_file_says_how_it_is_used(name: str) -> None:
    command = [sys.executable, str(CLIENTS / "python" / f"{name}.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "[URL]" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_file_example_prints_every_final(tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    write_wav(path, 1_000)
    out = run(output_of(sys.executable, CLIENTS / "python" / "file.py", path, "URL"))
    lines = out.decode().splitlines()
    assert [int(n) for line in lines for n in line.split()[2:]] == list(range(1_000))
    assert lines[0].split()[:2] == ["0.00", "0.01"]


def test_the_pipe_example_sends_its_input() -> None:
    command = (sys.executable, CLIENTS / "python" / "pipe.py", "URL")
    out = run(output_of(*command, given=counted(1_000)))
    assert [int(n) for n in out.split()] == list(range(1_000))


def test_an_example_without_a_server_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    write_wav(path, 100)
    example = str(CLIENTS / "python" / "file.py")
    command = [sys.executable, example, str(path), "ws://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "realtime serve" in done.stderr
    assert "Traceback" not in done.stderr
