"""Sources of audio."""

from __future__ import annotations

import asyncio
import os
import struct
import threading
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.client import AudioFormat, BadSource, FileSource, PacketSource, PipeSource
from realtime.client.sources import AnySource, Packet, encode, from_thread, iterating, open_source

F32 = AudioFormat()
S16 = AudioFormat("s16le")


def read(source: AnySource, audio: AudioFormat = S16) -> bytes:
    """All bytes of a source."""

    async def collect() -> bytes:
        return b"".join([packet async for packet in open_source(source, audio)])

    return asyncio.run(collect())


def write_wav(path: Path, width: int, rate: int = 22_050, channels: int = 2) -> bytes:
    data = bytes(n % 256 for n in range(1_000 * width * channels))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)
    return data


@pytest.mark.parametrize(("width", "encoding"), [(2, "s16le"), (4, "s32le")])
def test_a_wav_gives_its_samples_and_their_format(
    tmp_path: Path, width: int, encoding: str
) -> None:
    path = tmp_path / "a.wav"
    data = write_wav(path, width)
    source = FileSource(path)
    assert source.format == AudioFormat(encoding, 22_050, 2)
    assert source.bytes_per_s == 22_050 * 2 * width
    assert read(str(path)) == data
    assert read(path) == data


def test_a_wav_with_chunks_after_its_samples_gives_samples_only(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    data = write_wav(path, 2)
    path.write_bytes(path.read_bytes() + b"LIST" + struct.pack("<I", 4) + b"INFO")
    assert read(path) == data


@given(held=st.integers(1, 44_100))
def test_a_wav_that_is_cut_says_how_much_is_missing(
    tmp_path_factory: pytest.TempPathFactory, held: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(bytes(2 * 44_100))
    path.write_bytes(path.read_bytes()[: 44 + 2 * held])
    source = FileSource(path)
    assert source.missing_s == pytest.approx(2 - held / 22_050)
    assert len(read(path)) == 2 * held


def test_a_wav_that_says_a_huge_length_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    data = write_wav(path, 2)
    raw = bytearray(path.read_bytes())
    raw[4:8] = raw[40:44] = b"\xff\xff\xff\xff"  # as a recorder writes it that streams
    path.write_bytes(raw)
    source = FileSource(path)
    assert source.format.encoding == "s16le"
    assert source.missing_s == 0
    assert read(path) == data


@pytest.mark.parametrize("width", [1, 3])
def test_other_wavs_are_sent_unchanged(tmp_path: Path, width: int) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, width)
    assert FileSource(path).format.encoding == "auto"
    assert read(path) == path.read_bytes()


def test_other_files_are_sent_unchanged_or_in_the_stated_format(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"OggS" + bytes(50_000))
    assert FileSource(path).format.encoding == "auto"
    assert FileSource(path).bytes_per_s is None
    assert FileSource(path, S16).format == S16
    assert read(path) == path.read_bytes()
    broken = tmp_path / "b.wav"
    broken.write_bytes(b"RIFF\0\0\0\0WAVE and no more")
    assert FileSource(broken).format.encoding == "auto"


def test_files_that_cannot_be_read_are_reported(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="No such file"):
        FileSource(tmp_path / "none.wav")
    with pytest.raises(BadSource, match="directory"):
        FileSource(tmp_path)
    empty = tmp_path / "empty.wav"
    empty.touch()
    with pytest.raises(BadSource, match="is empty"):
        FileSource(empty)
    header = tmp_path / "header.wav"
    with wave.open(str(header), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
    with pytest.raises(BadSource, match="before the first sample"):
        FileSource(header)
    with pytest.raises(BadSource, match="int"):
        open_source(7, S16)  # type: ignore[arg-type]


def test_bytes_and_iterables_and_asynchronous_iterables_are_sources() -> None:
    async def later() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"cd"

    assert read(b"abcd") == b"abcd"
    assert read(memoryview(b"abcd")) == b"abcd"
    assert read([b"ab", bytearray(b"cd")]) == b"abcd"
    assert read(iter([b"ab", b"cd"])) == b"abcd"
    assert read(later()) == b"abcd"
    custom = PacketSource([b"x"], S16)
    assert open_source(custom, F32) is custom


def test_arrays_are_encoded() -> None:
    floats = np.array([0.0, 0.5, -1.0, 2.0], np.float32)
    assert encode(floats, F32) == struct.pack("<4f", *floats)
    assert struct.unpack("<4h", encode(floats, S16)) == (0, 16384, -32767, 32767)
    whole = np.array([[0, 16384], [-32768, 32767]], np.int16)
    assert encode(whole, S16) == struct.pack("<4h", 0, 16384, -32768, 32767)
    assert struct.unpack("<4f", encode(whole, F32))[:3] == (0.0, 0.5, -1.0)
    with pytest.raises(BadSource, match="float64"):
        encode(np.zeros(2), F32)  # type: ignore[arg-type]
    with pytest.raises(BadSource, match="mulaw"):
        encode(floats, AudioFormat("mulaw"))


def test_standard_input_is_sent_as_it_arrives() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file:
        with os.fdopen(writing, "wb") as other:
            other.write(b"abc" * 1_000)
        assert read(PipeSource(file, S16)) == b"abc" * 1_000


def test_a_blocking_iterable_runs_in_a_thread_slightly_ahead() -> None:
    taken = []

    def endless() -> Iterator[Packet]:
        n = 0
        while True:
            taken.append(threading.current_thread())
            n += 1
            yield bytes([n % 256])

    async def script() -> list[Packet]:
        got: list[Packet] = []
        async with iterating(from_thread(endless())) as packets:
            async for packet in packets:
                got.append(packet)
                if len(got) == 50:
                    break
        return got

    assert asyncio.run(script()) == [bytes([n + 1]) for n in range(50)]
    assert threading.main_thread() not in taken
    assert len(taken) <= 50 + 16 + 2


def test_a_blocking_iterable_that_fails_raises_where_it_is_read() -> None:
    def failing() -> Iterator[Packet]:
        yield b"a"
        raise OSError("unplugged")

    with pytest.raises(OSError, match="unplugged"):
        read(failing())


@pytest.mark.parametrize(
    ("values", "complaint"),
    [(("opus", 16_000, 1), "encoding"), (("f32le", 1, 1), "rate"), (("f32le", 16_000, 9), "chan")],
)
def test_formats_that_no_server_takes_are_refused(
    values: tuple[str, int, int], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        AudioFormat(*values)
