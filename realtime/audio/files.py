"""Files of any format and length → 16 kHz blocks, decoded in a process with access to nothing else.

The caller opens the file (or passes its bytes), and the child gets only a descriptor, so that no
path can be swapped for another in between. A child that dies, hangs or sends nonsense costs its
file and nothing else; one that finishes is reused, since starting a child takes 0.15 s.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn, Protocol, TypeAlias

import numpy as np

from realtime.audio.child import RECORD_TIMEOUT_S, Child
from realtime.audio.format import SampleFrames
from realtime.errors import DecodeFailed, MessageTooBig, MissingFile, NotAudio
from realtime.types import SAMPLE_RATE, Samples

Source: TypeAlias = Path | bytes | Samples | BinaryIO
"""A path (opened at once, so that the file cannot be replaced later), the bytes of a file, an open
binary file (read from its beginning; the caller closes it), or decoded mono audio at 16 kHz."""

NO_ANSWER = (
    "The file's decoder did not answer in time: this machine is very busy, or the file is unusual. "
    "Send the file again; if that fails too, convert it, for example with ffmpeg."
)
SPARE_CHILDREN = 16
"""Idle decoders kept for the next files: as many as files run at once by default. Each takes 45 MB,
together no more than the busy decoders took before, and only for a minute
(`decoder.IDLE_EXIT_S`). With 2, ten simultaneous uploads started a process (0.2 s) for most files
and took twice as long as one upload at a time."""
BLOCK_SAMPLES = 1 << 16
"""Samples per block of audio that needs no decoding."""


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """Properties of a file's audio."""

    channels: int
    """Channels of the blocks: 1 where the file's channels are mixed."""
    total_s: float | None
    """Length that the header states; None where it states none."""


class AudioReader(Protocol):
    """Reads one file's audio by blocks, from one thread at a time; any thread may call `close`."""

    info: AudioInfo
    sides_cancel: bool
    """Whether the mean of the channels was nearly silent, so that one channel was used alone; known
    at the end."""
    cut_off: bool
    """Whether the file ends before its own end; known at the end."""

    def read(self) -> SampleFrames | None:
        """The next block, float32 at 16 kHz, shape (n, channels); None at the end.

        Raises NotAudio, MessageTooBig, and DecodeFailed after `close` or where the decoder process
        was ended from outside or gives no answer.
        """
        ...

    def close(self) -> None:
        """Stop reading at once. Harmless when repeated."""
        ...


class SampleReader:
    """Reads audio that is already decoded."""

    def __init__(self, samples: Samples, skip: int, max_s: float) -> None:
        """Raises NotAudio unless `samples` are mono and not empty, MessageTooBig."""
        if samples.ndim != 1 or not len(samples):
            raise NotAudio("Samples must be mono, float32 at 16 kHz, shape (n,), n > 0.")
        if len(samples) > (max_s + 1.0) * SAMPLE_RATE:
            raise MessageTooBig(f"The audio is longer than {max_s / 3600:g} hours; cut it.")
        self.info = AudioInfo(1, len(samples) / SAMPLE_RATE)
        self.sides_cancel = self.cut_off = False
        self._samples = samples
        self._at = skip

    def read(self) -> SampleFrames | None:
        block = self._samples[self._at : self._at + BLOCK_SAMPLES].astype(np.float32)
        self._at += len(block)
        block[~np.isfinite(block)] = 0.0
        return np.clip(block, -1.0, 1.0).reshape(-1, 1) if len(block) else None

    def close(self) -> None:
        self._at = len(self._samples)


class FileReader:
    """Reads a file that a child decodes."""

    def __init__(self, pool: Decoders, child: Child) -> None:
        """`child` must have its request. Raises NotAudio, MessageTooBig, DecodeFailed."""
        self._pool = pool
        self._child = child
        self._over = False
        self.sides_cancel = self.cut_off = False
        kind, data = self._record()
        said = json.loads(data) if kind == b"i" else {}
        if not said:
            self._broken()
        self.info = AudioInfo(int(said["channels"]), said["total_s"])

    @property
    def pid(self) -> int:
        """Id of the process that decodes the file."""
        return self._child.pid

    def read(self) -> SampleFrames | None:
        if self._over:
            return None
        kind, data = self._record()
        if kind == b"z":
            self._over = True
            found = json.loads(data)
            self.sides_cancel, self.cut_off = bool(found["sides_cancel"]), bool(found["cut_off"])
            self._pool.give_back(self._child)
            return None
        if kind != b"a":
            self._broken()
        return np.frombuffer(data, "<f4").reshape(-1, self.info.channels)

    def close(self) -> None:
        if not self._over:
            self._over = True
            self._child.kill()

    def _record(self) -> tuple[bytes, bytearray]:
        try:
            kind, data = self._child.record()
        except OSError as error:
            if self._over:
                raise DecodeFailed("The file was closed while it was read.") from error
            if isinstance(error, TimeoutError):
                self.close()
                raise DecodeFailed(NO_ANSWER) from error
            self._broken()
        if kind == b"e":
            self._over = True
            self._pool.give_back(self._child)
            said = json.loads(data)
            kind_of_error = MessageTooBig if said["error"] == "MessageTooBig" else NotAudio
            raise kind_of_error(said["message"], **said["details"])
        return kind, data

    def _broken(self) -> NoReturn:
        """Raise DecodeFailed where the child was ended from outside, else NotAudio."""
        ours = self._child.was_ended
        self.close()
        if ours:
            raise DecodeFailed("The process that decoded the file was ended: send the file again.")
        raise NotAudio("The file could not be decoded: its data is damaged.", reason="damaged")


class Decoders:
    """Opens files, and keeps decoder processes for the next ones. Thread-safe."""

    def __init__(self, timeout_s: float = RECORD_TIMEOUT_S) -> None:
        """`timeout_s`: how long a decoder process may give no answer."""
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._spare: list[Child] = []
        self._closed = False

    def open(
        self, source: Source, *, apart: bool = False, max_s: float = 86_400.0, skip: int = 0
    ) -> AudioReader:
        """Start decoding. Blocks for some milliseconds, 0.2 s where a process must be started.

        `apart`: keep the channels separate instead of mixing them. `max_s`: longest audio. `skip`:
        samples at 16 kHz to leave out at the beginning. Raises MissingFile, NotAudio,
        MessageTooBig, DecodeFailed.
        """
        if isinstance(source, np.ndarray):
            return SampleReader(source, skip, max_s)
        request: dict[str, object] = {"apart": apart, "max_s": max_s, "skip": skip}
        with _opened(source) as descriptor:
            if not os.fstat(descriptor).st_size:
                raise NotAudio("The file is empty: it has 0 bytes.", size_bytes=0)
            return FileReader(self, self._ask(descriptor, request))

    def close(self) -> None:
        """End the idle processes; busy ones end with their readers."""
        with self._lock:
            self._closed = True
            spare, self._spare = self._spare, []
        for child in spare:
            child.kill()

    def give_back(self, child: Child) -> None:
        """Keep a child that has finished its answer for the next file, or end it."""
        with self._lock:
            keep = not self._closed and len(self._spare) < SPARE_CHILDREN
            if keep:
                self._spare.append(child)
        if not keep:
            child.kill()

    def _ask(self, descriptor: int, request: dict[str, object]) -> Child:
        """Send the request to a spare child, or to a new one where all spare ones have exited."""
        while True:
            with self._lock:
                child = self._spare.pop() if self._spare else None
            if child is None:
                break
            with contextlib.suppress(OSError):
                if child.usable:
                    child.ask(descriptor, request)
                    return child
            child.kill()
        child = Child(self._timeout_s)
        child.ask(descriptor, request)
        return child


@contextlib.contextmanager
def _opened(source: Path | bytes | BinaryIO) -> Iterator[int]:
    """A descriptor of a regular file. Raises MissingFile, NotAudio."""
    if isinstance(source, Path):
        with _opened_path(source) as descriptor:
            yield descriptor
        return
    if not isinstance(source, bytes):
        try:
            descriptor = source.fileno()
        except (OSError, AttributeError):  # in memory
            source.seek(0)
            source = source.read()
        else:
            _check_regular(descriptor)
            yield descriptor
            return
    with tempfile.TemporaryFile() as file:
        file.write(source)
        file.flush()
        yield file.fileno()


@contextlib.contextmanager
def _opened_path(path: Path) -> Iterator[int]:
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for someone to write to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise MissingFile(
            f"There is no readable file {str(path)!r}; check the path.", file_path=str(path)
        ) from error
    try:
        _check_regular(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def _check_regular(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise NotAudio("This is not a regular file; give the path of an audio file.")
