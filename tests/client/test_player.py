"""What `realtime stream` and `realtime mic` do, apart from the command line."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import pytest

from realtime.client import AudioFormat, BadSource, End, Event, PacketSource, Source, Transcriber
from realtime.client.containers import with_duration
from realtime.client.errors import Refused
from realtime.client.microphone import Microphone
from realtime.client.pacing import Pace
from realtime.client.player import Stoppable, display, open_input, play, reachable
from realtime.client.sources import FileSource
from tests.client.counting_server import CountingServer, counted, run

S16 = AudioFormat("s16le", 16_000, 1)


class WithServer:
    """A recogniser that brings its own server, as the one in this process does."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Transcriber]:
        server = CountingServer()
        async with server.running():
            yield Transcriber(server.url)


def test_playing_shows_the_transcript_and_returns_0() -> None:
    out, notes = io.StringIO(), io.StringIO()
    source = PacketSource([counted(200)], S16)
    code = play(WithServer().open(), source, display(False, out, notes))
    assert code == 0
    assert [int(n) for n in out.getvalue().split()] == list(range(200))
    assert notes.getvalue() == ""


def test_a_file_that_is_cut_off_is_played_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(counted(200) + bytes(2 * 16_000))
    path.write_bytes(path.read_bytes()[: 44 + len(counted(200))])
    out, notes = io.StringIO(), io.StringIO()
    code = play(
        WithServer().open(), open_input(str(path), None, "fast"), display(False, out, notes)
    )
    assert code == 0
    assert [int(n) for n in out.getvalue().split()] == list(range(200))
    assert "ends in the middle: 1.0 s that its header states are missing" in notes.getvalue()


def test_playing_as_json_shows_the_messages() -> None:
    out = io.StringIO()
    source = PacketSource([counted(200)], S16)
    assert play(WithServer().open(), source, display(True, out, out)) == 0
    kinds = [json.loads(line)["type"] for line in out.getvalue().splitlines()]
    assert kinds == ["ready", "final", "final", "end"]


class Refusing:
    """A recogniser that refuses every stream."""

    def __init__(self, code: str) -> None:
        self._code = code

    async def stream(self, source: Source, *, pace: Pace = "fast") -> AsyncIterator[Event]:
        raise Refused("No.", self._code)
        yield  # makes it a generator


@pytest.mark.parametrize(
    ("code", "message"),
    [("unauthorized", "No. Give a key with --token or STT_TOKEN."), ("busy", "No.")],
)
def test_who_has_no_key_is_told_how_to_give_one(code: str, message: str) -> None:
    out = io.StringIO()
    with pytest.raises(Refused) as refused:
        play(nullcontext(Refusing(code)), PacketSource([], S16), display(False, out, out))
    assert (refused.value.message, refused.value.reason_code) == (message, code)


class Interrupting:
    """A microphone that never ends; at its third packet someone presses Ctrl-C."""

    format = S16
    bytes_per_s = None

    def __init__(self, presses: int) -> None:
        self._presses = presses

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield counted(320)
        for _ in range(self._presses):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0)
        await asyncio.Event().wait()


def test_an_interrupt_still_shows_the_last_words() -> None:
    out = io.StringIO()
    code = play(WithServer().open(), Interrupting(1), display(False, out, out))
    assert code == 0
    assert [int(n) for n in out.getvalue().split()] == list(range(320))


class Deaf:
    """A recogniser that never answers."""

    async def stream(self, source: Source, *, pace: Pace = "fast") -> AsyncIterator[Event]:
        async for _ in source:
            pass
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()
        yield End("never", 0.0, 0, {})


def test_a_second_interrupt_ends_at_once() -> None:
    out = io.StringIO()
    assert play(nullcontext(Deaf()), Interrupting(1), display(False, out, out)) == 130


def test_a_stopped_source_still_gives_its_audio() -> None:
    async def script() -> list[bytes]:
        source = Stoppable(PacketSource([b"a", b"b", b"c"], S16))
        got = []
        async for packet in source:
            got.append(packet)
            if packet == b"b":
                source.stop()
        return got

    assert run(script()) == [b"a", b"b"]


def test_inputs_are_opened_by_their_name(tmp_path: Path) -> None:
    assert open_input("-", None, "fast").format == AudioFormat()
    assert open_input("-", S16, "realtime").bytes_per_s == 32_000
    path = tmp_path / "a.raw"
    path.write_bytes(bytes(3_200))
    assert open_input(str(path), S16, "realtime").bytes_per_s == 32_000
    with pytest.raises(BadSource, match="is not an audio file"):
        open_input(str(path), None, "realtime")
    with pytest.raises(BadSource, match="No such file"):
        open_input(str(tmp_path / "none"), None, "fast")


def write_wav(path: Path, seconds: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(counted(16_000 * seconds))


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("kind", ["mp3", "ogg", "webm", "flac", "m4a"])
def test_the_duration_of_containers(tmp_path: Path, kind: str) -> None:
    wav, path = tmp_path / "a.wav", tmp_path / f"a.{kind}"
    write_wav(wav, 3)
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, path], check=True)
    source = with_duration(FileSource(path), path)
    assert source.duration_s == pytest.approx(3.0, abs=0.2)
    assert source.bytes_per_s == pytest.approx(path.stat().st_size / 3.0, rel=0.1)


def test_a_running_server_is_detected() -> None:
    async def script() -> tuple[bool, bool]:
        server = CountingServer()
        async with server.running():
            there = await reachable(server.url)
        return there, await reachable(server.url)

    assert run(script()) == (True, False)


MICROPHONE = """
import asyncio, sys
from realtime.client.errors import NoMicrophone
from realtime.client.microphone import Microphone, devices
from realtime.client.sources import iterating

async def main() -> None:
    heard = b""
    async with iterating(Microphone()) as packets:
        async for packet in packets:
            heard += packet
            if len(heard) >= 16_000:
                break
    sys.stdout.buffer.write(heard)

try:
    assert all(device.channels > 0 for device in devices())
    asyncio.run(main())
except NoMicrophone as failure:
    sys.exit(failure.message)
"""

ASOUNDRC = """
pcm.fake {{ type plug slave.pcm {{
  type file slave.pcm {{ type null }} file "/dev/null" infile "{path}" format "raw" }} }}
pcm.!default {{ type plug slave.pcm "fake" }}
"""


def record(home: Path) -> subprocess.CompletedProcess[bytes]:
    """Half a second from the default microphone of a user whose home is `home`."""
    environment = {**os.environ, "HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-c", MICROPHONE],
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )


def _has_portaudio() -> bool:
    try:
        import sounddevice
    except (ImportError, OSError):
        return False
    return sys.platform == "linux" and not len(sounddevice.query_devices())


needs_bare_portaudio = pytest.mark.skipif(
    not _has_portaudio(), reason="needs PortAudio, ALSA and no sound card"
)


@needs_bare_portaudio
def test_a_microphone_is_recorded_unchanged(tmp_path: Path) -> None:
    """ALSA plays a file into a capture device: all layers except the hardware are real."""
    (tmp_path / "spoken.raw").write_bytes(counted(32_000))
    (tmp_path / ".asoundrc").write_text(ASOUNDRC.format(path=tmp_path / "spoken.raw"))
    done = record(tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout in counted(32_000) * 4
    assert len(done.stdout) >= 16_000


@needs_bare_portaudio
def test_a_missing_microphone_is_reported_in_a_sentence(tmp_path: Path) -> None:
    done = record(tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("No microphone was found: connect one")


@needs_bare_portaudio
def test_an_unknown_microphone_is_reported() -> None:
    with pytest.raises(Exception, match="list them with: realtime devices") as caught:
        Microphone("no such")
    assert caught.type.__name__ == "NoMicrophone"
