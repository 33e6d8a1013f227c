"""The process that decodes files. It can access nothing but the file passed to it.

Untrusted media are decoded by a large library written in C, so it runs in a process of its own that
holds two open files, its socket and the file to decode, and whose limits forbid a third. It cannot
open a socket or a path, write a file, start a process, or grow beyond `MEMORY_BYTES`.

Protocol on the socket: a request is one JSON object, sent at once with the file's descriptor; the
answer is a sequence of records, each a header (`RECORD`: kind, length) and its bytes:

    i  JSON: {"channels": …, "total_s": … or null}, once, before the audio
    a  float32 at 16 kHz, interleaved
    z  the end of the audio. JSON: {"sides_cancel": whether the channels cancel in their mean,
       "cut_off": whether the file ends before its own end}
    e  an error, which ends the answer. JSON: {"error": class name, "message": sentence,
       "details": those of the error}
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import resource
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np

from realtime.audio.cut_off import OGG_TAIL_BYTES, TrackEnd, is_cut_off, ogg_is_cut_off
from realtime.audio.demux import decoded_frames, to_sample_frames
from realtime.audio.format import MAX_CHANNELS, SampleFrames
from realtime.audio.mixdown import Mixer, mean
from realtime.audio.resample import Resampler
from realtime.audio.sniff import ACCEPTED, RESYNC_BYTES, SNIFF_BYTES, sniff, sniff_within
from realtime.audio.wav import wav_frames, wav_layout
from realtime.errors import MessageTooBig, NotAudio
from realtime.types import SAMPLE_RATE

RECORD = struct.Struct("<cI")
MAX_REQUEST_BYTES = 4096
SOCKET_FD, FILE_FD = 3, 4
MEMORY_BYTES = 1 << 30
"""Limit of the address space; the libraries take 0.2 GiB, the longest MP4's index 0.1 GiB."""
CPU_FLOOR_S, CPU_PER_AUDIO_S = 60.0, 0.02
"""Limit of a file's CPU time: a floor, plus this per second of the longest audio allowed; decoding
takes 0.001 … 0.005 s per second."""
IDLE_EXIT_S = 60.0
"""A process that gets no request for this long exits, to release its memory."""
NICE = 5
"""Niceness of the process, since live streams take precedence."""
BLOCK_FRAMES = 1 << 16
"""Samples, over all channels, in one decoded block."""


class FileBytes:
    """An open descriptor as a file with its own position, since others may share its offset."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._at = 0

    def read(self, size: int, /) -> bytes:
        data = os.pread(self._descriptor, size, self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at


def blocks(
    file: FileBytes,
    tell_total: Callable[[float | None], None],
    tell_cut_off: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, SampleFrames]]:
    """Decode an open file: (sample rate, frames), at least one. Raises NotAudio.

    `tell_total` is called before the first block with the length in seconds; None: unknown.
    `tell_cut_off` is called after the last one where the file ends too early.
    """
    head = file.read(RESYNC_BYTES)
    container = sniff(head[:SNIFF_BYTES]) or sniff_within(head)
    if container is None:
        raise NotAudio(f"The file is none of {ACCEPTED}; convert it to one of them.")
    layout = wav_layout(file) if container == "wav" else None
    if layout is not None:
        tell_total(layout.duration_s)
        for wav_block in wav_frames(file, layout, BLOCK_FRAMES // layout.channels + 1):
            yield layout.sample_rate, wav_block
        if layout.cut_off:
            tell_cut_off()
        return
    if container == "ogg":
        file.seek(-OGG_TAIL_BYTES, os.SEEK_END)
        if ogg_is_cut_off(file.read(OGG_TAIL_BYTES)):
            tell_cut_off()
    file.seek(0)

    def tell_end(end: TrackEnd) -> None:
        if is_cut_off(container, head, end):
            tell_cut_off()

    kind, run, count = None, [], 0
    for frame in decoded_frames(file, container, tell_total, tell_end):
        if kind is not None and (frame.kind != kind or count >= BLOCK_FRAMES):
            yield kind.sample_rate, to_sample_frames(kind, run)
            run, count = [], 0
        kind = frame.kind
        run.append(frame.values)
        count += frame.values.size
    if kind is not None and run:
        yield kind.sample_rate, to_sample_frames(kind, run)


class Decoding:
    """Decodes one file to 16 kHz. `send(kind, bytes)` sends a record of the answer."""

    def __init__(self, request: dict[str, Any], send: Callable[[bytes, bytes], None]) -> None:
        self._apart = bool(request["apart"])
        self._max_s = float(request["max_s"])
        self._skip = int(request["skip"])
        self._send = send
        self._total_s: float | None = None
        self._channels = 0
        self._frames = 0
        self._rate = 0
        self._mixer = Mixer()
        self._resampler: Resampler | None = None
        self._cut_off = False

    def run(self, file: FileBytes) -> None:
        """Decode the file and send its records. Raises NotAudio, MessageTooBig."""
        for rate, frames in blocks(file, self._tell_total, self._tell_cut_off):
            if not self._channels:
                self._begin(frames.shape[1])
            frames = self._fit(frames) if self._apart else self._mixer.process(frames, rate)
            if self._resampler is None or rate != self._rate:
                self._flush()
                self._rate, self._resampler = rate, Resampler(rate, self._channels)
            self._put(self._resampler.process(frames))
        self._flush()
        if not self._frames:
            raise NotAudio(
                "The file holds no audio: it ends before the first sample.", reason="no_samples"
            )
        found = {"sides_cancel": self._mixer.cancels, "cut_off": self._cut_off}
        self._send(b"z", json.dumps(found).encode())

    def _tell_cut_off(self) -> None:
        self._cut_off = True

    def _tell_total(self, total_s: float | None) -> None:
        if total_s is not None and total_s > self._max_s + 1.0:
            raise too_long(self._max_s)
        self._total_s = total_s

    def _begin(self, channels: int) -> None:
        if self._apart and channels > MAX_CHANNELS:
            raise NotAudio(
                f"The file has {channels} channels; at most {MAX_CHANNELS} are supported."
            )
        self._channels = channels if self._apart else 1
        info = {"channels": self._channels, "total_s": self._total_s}
        self._send(b"i", json.dumps(info).encode())

    def _fit(self, frames: SampleFrames) -> SampleFrames:
        """Frames with as many channels as were announced, shape (n, channels)."""
        if frames.shape[1] == self._channels:
            return frames
        return np.repeat(mean(frames), self._channels, axis=1)

    def _flush(self) -> None:
        if self._resampler is not None:
            self._put(self._resampler.flush())

    def _put(self, frames: SampleFrames) -> None:
        self._frames += len(frames)
        if self._frames > (self._max_s + 1.0) * SAMPLE_RATE:
            raise too_long(self._max_s)
        unwanted = min(self._skip, len(frames))
        self._skip -= unwanted
        if len(frames) > unwanted:
            self._send(b"a", np.ascontiguousarray(frames[unwanted:], "<f4").tobytes())


def too_long(max_s: float) -> MessageTooBig:
    return MessageTooBig(
        f"The audio is longer than {max_s / 3600:g} hours; cut it into shorter files.",
        limit_seconds=max_s,
    )


def serve(link: socket.socket) -> None:
    """Decode one file after another until the server is gone or `IDLE_EXIT_S` pass."""

    def send(kind: bytes, data: bytes) -> None:
        link.sendall(RECORD.pack(kind, len(data)) + data)

    while True:
        link.settimeout(IDLE_EXIT_S)
        try:
            message, descriptors, _, _ = socket.recv_fds(link, MAX_REQUEST_BYTES, 1)
        except TimeoutError:
            return
        if not message or not descriptors:
            return
        link.settimeout(None)
        request = json.loads(message)
        limit_cpu(CPU_FLOOR_S + CPU_PER_AUDIO_S * float(request["max_s"]))
        try:
            Decoding(request, send).run(FileBytes(descriptors[0]))
        except (NotAudio, MessageTooBig) as error:
            said = {
                "error": type(error).__name__,
                "message": error.message,
                "details": error.details,
            }
            send(b"e", json.dumps(said).encode())
        finally:
            os.close(descriptors[0])


def load_everything() -> None:
    """Import the modules that PyAV imports on demand: after `confine` none can be opened."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def confine() -> None:
    """Permanently give up all rights that decoding does not need.

    With no more descriptors allowed than are in use, not even injected code can create a socket or
    open a path.
    """
    for limit, value in (
        (resource.RLIMIT_NOFILE, FILE_FD + 1),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):  # a system that lacks this limit still has the others
            continue


def limit_cpu(seconds: float) -> None:
    """Make the kernel end this process after `seconds` more of CPU time."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def main() -> None:
    """Run the child process, whose socket is descriptor 3."""
    load_everything()
    os.nice(NICE)
    confine()
    with socket.socket(fileno=SOCKET_FD) as link:
        try:
            serve(link)
        except (BrokenPipeError, ConnectionResetError):
            return  # the server is gone, or has closed this file
