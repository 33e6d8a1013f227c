"""Sources of audio: bytes, arrays, iterables of them, files. (Microphones: `microphone`.)"""

from __future__ import annotations

import asyncio
import os
import threading
import wave
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from realtime.client.errors import BadSource
from realtime.client.formats import AudioFormat

Packet: TypeAlias = bytes | bytearray | memoryview | npt.NDArray[np.float32] | npt.NDArray[np.int16]
"""Bytes in the source's format, or samples of shape (n,) or (n, channels)."""

T = TypeVar("T")

PACKET_S: Final = 0.1  # seconds of audio in one packet, also from a microphone
CONTAINER_PACKET: Final = 16 * 1024  # bytes of a container read at once
LEAST_MISSING_S: Final = 0.5
"""Missing audio from which a file counts as cut off: some programs are off by a few bytes."""
_PLACEHOLDER_BYTES: Final = 0x7FFF0000
"""From about here on the length in a WAV header is one that a recorder that streams puts there."""
_WAV_ENCODING: Final = {2: "s16le", 4: "s32le"}  # by bytes of one sample; others go as containers
_WAITING_PACKETS: Final = 16


@runtime_checkable
class Source(Protocol):
    """Packets of one format."""

    @property
    def format(self) -> AudioFormat: ...

    @property
    def bytes_per_s(self) -> float | None:
        """Bytes per second of audio; None: not known."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...


AnySource: TypeAlias = (
    Source | Packet | str | os.PathLike[str] | Iterable[Packet] | AsyncIterable[Packet]
)


def open_source(source: AnySource, audio: AudioFormat) -> Source:
    """Make a `Source` of `source`; `audio` is the format of bytes without a header.

    A string or a path names a file. Raises `BadSource` where it cannot be read.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, str | os.PathLike):
        return FileSource(Path(source), audio if audio.encoding == "auto" else None)
    if isinstance(source, bytes | bytearray | memoryview | np.ndarray):
        return PacketSource([source], audio)
    if isinstance(source, Iterable | AsyncIterable):
        return PacketSource(cast("Iterable[Packet]", source), audio)
    raise BadSource(f"Audio cannot be read from {type(source).__name__}.")


class PacketSource:
    """Packets from memory, from a blocking iterable (read in a thread), or from an asynchronous
    one."""

    def __init__(
        self, packets: Iterable[Packet] | AsyncIterable[Packet], audio: AudioFormat
    ) -> None:
        self._packets = packets
        self.format = audio
        self.bytes_per_s: float | None = audio.bytes_per_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if isinstance(self._packets, list | tuple):
            for packet in self._packets:
                yield encode(packet, self.format)
            return
        packets = self._packets
        if not isinstance(packets, AsyncIterable):
            packets = from_thread(packets)
        async with iterating(packets) as iterator:
            async for packet in iterator:
                yield encode(packet, self.format)


class FileSource:
    """A file: a WAV of 16 or 32 bits is sent as raw samples, any other file as a container.

    `audio`: overrides the format, raw or `auto`. Raises `BadSource` where the file is missing,
    empty or not readable.
    """

    def __init__(self, path: Path, audio: AudioFormat | None = None) -> None:
        self._path = path
        try:
            self._bytes = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(12)
        except OSError as failure:
            raise BadSource(
                f"{path} cannot be read ({failure.strerror}): give the path of a recording."
            ) from None
        if not head:
            raise BadSource(f"{path} is empty: it has 0 bytes.")
        self.format = audio or AudioFormat("auto")
        self.duration_s: float | None = None
        """Duration of a container, once it is known."""
        self.missing_s = 0.0
        """Audio that a WAV's header states and the file does not hold."""
        self._data_at = 0
        if audio is None and head[:4] == b"RIFF" and head[8:12] == b"WAVE":
            self._read_wav_header()
            if self._data_at and self._bytes <= 0:
                raise BadSource(f"{path} holds no audio: it ends before the first sample.")

    def _read_wav_header(self) -> None:
        """Read the samples' format and position; a file that `wave` cannot read stays a
        container."""
        try:
            with self._path.open("rb") as file, wave.open(file) as reader:
                encoding = _WAV_ENCODING.get(reader.getsampwidth())
                if encoding is None:
                    return
                self.format = AudioFormat(encoding, reader.getframerate(), reader.getnchannels())
                self._data_at = file.tell()
                # A streaming recorder does not know the length and writes a huge one.
                length = reader.getnframes() * (self.format.frame_bytes or 1)
                held = self._bytes - self._data_at
                self._bytes = min(length, held)
                if held < length < _PLACEHOLDER_BYTES:
                    self.missing_s = (length - held) / (self.format.bytes_per_s or 1)
        except (wave.Error, EOFError, ValueError, RuntimeError):  # RuntimeError: wrong chunk length
            self.format = AudioFormat("auto")

    @property
    def bytes_per_s(self) -> float | None:
        """Bytes per second of audio; for a container the average, once `duration_s` is set."""
        if self.format.bytes_per_s is not None:
            return self.format.bytes_per_s
        return self._bytes / self.duration_s if self.duration_s else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        step = CONTAINER_PACKET
        if self.format.bytes_per_s is not None:
            step = packet_bytes(self.format)
        try:
            with self._path.open("rb") as file:
                file.seek(self._data_at)
                left = self._bytes
                while left > 0 and (packet := file.read(min(step, left))):
                    left -= len(packet)
                    yield packet
        except OSError as failure:
            raise BadSource(f"{self._path} cannot be read: {failure.strerror}.") from None


class PipeSource:
    """Standard input or another open binary file, read in a thread as data arrives."""

    def __init__(self, file: BinaryIO, audio: AudioFormat) -> None:
        self._file = file
        self.format = audio
        self.bytes_per_s: float | None = audio.bytes_per_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with iterating(from_thread(self._read())) as packets:
            async for packet in packets:
                yield packet

    def _read(self) -> Iterator[bytes]:
        # os.read returns what is available; file.read would wait for a full buffer.
        while packet := os.read(self._file.fileno(), CONTAINER_PACKET):
            yield packet


def packet_bytes(audio: AudioFormat) -> int:
    """Bytes of `PACKET_S` of raw audio, in whole frames."""
    frame = audio.frame_bytes or 1
    return max(1, round(audio.sample_rate * PACKET_S)) * frame


def encode(packet: Packet, audio: AudioFormat) -> bytes:
    """The bytes of a packet. Samples are converted to `audio.encoding`, f32le or s16le.

    Raises `BadSource` for samples of another type than float32 and int16, or in another encoding.
    """
    if not isinstance(packet, np.ndarray):
        return bytes(packet)
    if packet.dtype not in (np.float32, np.int16):
        raise BadSource(f"Samples must be float32 or int16, not {packet.dtype}.")
    if audio.encoding == "f32le":
        scaled = packet / np.float32(32768) if packet.dtype == np.int16 else packet
        return scaled.astype("<f4").tobytes()
    if audio.encoding == "s16le":
        if packet.dtype == np.float32:
            packet = np.clip(np.rint(packet * 32767), -32768, 32767)
        return packet.astype("<i2").tobytes()
    raise BadSource(f"Samples cannot be sent as {audio.encoding}: use f32le or s16le.")


@asynccontextmanager
async def iterating(items: AsyncIterable[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Iterate, and close a generator at the end of the block, not when it is garbage-collected."""
    iterator = aiter(items)
    try:
        yield iterator
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


async def from_thread(iterable: Iterable[T]) -> AsyncIterator[T]:
    """Iterate a blocking iterable in a thread of its own, a few packets ahead."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[T | BaseException | None] = asyncio.Queue()
    slots = threading.Semaphore(_WAITING_PACKETS)
    stopped = threading.Event()

    def put(item: T | BaseException | None) -> None:
        try:
            loop.call_soon_threadsafe(queue.put_nowait, item)
        except RuntimeError:  # the loop is closed
            stopped.set()

    def work() -> None:
        try:
            for packet in iterable:
                slots.acquire()
                if stopped.is_set():
                    return
                put(packet)
        except (OSError, ValueError, RuntimeError, BadSource) as failure:
            put(failure)
        else:
            put(None)

    # A daemon: a read from a terminal or pipe cannot be interrupted, and must not delay the exit.
    threading.Thread(target=work, name="realtime source", daemon=True).start()
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            slots.release()
            yield item
    finally:
        stopped.set()
        slots.release()
