"""Reads WAV files of any size and state: headers are often wrong, the samples after them good.

Crashed recorders leave sizes of 0, programs that write to a pipe leave 0xFFFFFFFF, old programs
start again from 0 after 4 GiB, and truncated copies state more than they hold. So sizes are hints,
and the end of the file is the limit. RF64 and BW64 (EBU Tech 3306) hold 64-bit sizes in `ds64`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from realtime.audio.cut_off import LEAST_MISSING_S
from realtime.audio.format import MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, SampleFrames
from realtime.audio.g711 import alaw_table, mulaw_table
from realtime.errors import NotAudio

MAX_WAV_CHANNELS = 64
_MAX_CHUNKS = 1000  # most chunks before the samples; real files have fewer than ten
_MAX_FORMAT_BYTES = 4096  # most bytes read of the chunk `fmt `; 40 are defined
_UNKNOWN_SIZES: Final = (0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)  # placeholders that writers leave
_PLACEHOLDER_BYTES = 0x7FFF0000
"""From about here on a 32-bit size may be a placeholder less the header's own bytes."""
_WRAP = 2**32
_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE  # mmreg.h
_WIDTHS: Final[dict[int, tuple[int, ...]]] = {
    _PCM: (1, 2, 3, 4),
    _FLOAT: (4, 8),
    _ALAW: (1,),
    _MULAW: (1,),
}
"""Accepted bytes per sample, by format."""


class SeekableBytes(Protocol):
    """An open file."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


@dataclass(frozen=True, slots=True)
class WavLayout:
    """Position and format of the samples in a WAV file."""

    format: int
    """1 PCM, 3 float, 6 A-law, 7 μ-law."""
    width: int
    """Bytes per sample."""
    channels: int
    sample_rate: int
    """Hz."""
    begin: int
    """Byte offset at which the samples begin."""
    end: int
    """Byte offset just after the samples, at most the file's size."""
    missing: int = 0
    """Bytes of samples that the header states and the file does not hold."""

    @property
    def frame_bytes(self) -> int:
        return self.width * self.channels

    @property
    def frames(self) -> int:
        return (self.end - self.begin) // self.frame_bytes

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate

    @property
    def cut_off(self) -> bool:
        """Whether the file ends too early; by a few bytes some programs are always wrong."""
        return self.missing > LEAST_MISSING_S * self.sample_rate * self.frame_bytes


def wav_layout(file: SeekableBytes) -> WavLayout | None:
    """Read the headers of a file that begins as RIFF, RF64 or BW64.

    None where the samples can be decoded only by a codec. Raises NotAudio where there are no
    samples, or where their description makes no sense.
    """
    size = file.seek(0, 2)
    at, long_size = 12, 0
    description = b""
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            break
        name, length = header[:4], int.from_bytes(header[4:], "little")
        at += 8
        if name == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:16], "little")
        elif name == b"fmt ":
            description = file.read(min(length, _MAX_FORMAT_BYTES))
        elif name == b"data":
            stated = _data_end(at, length, long_size, size)
            believed = length < _PLACEHOLDER_BYTES or long_size
            missing = max(0, stated - size) if believed else 0
            return _layout(description, at, min(stated, size), missing)
        at += length + length % 2  # chunks begin at even bytes
    raise NotAudio("The WAV file holds no samples: its data chunk is missing.", reason="no_samples")


def wav_frames(
    file: SeekableBytes, layout: WavLayout, frames_at_once: int
) -> Iterator[SampleFrames]:
    """The samples, float32 in -1 … 1, shape (n, channels), n <= `frames_at_once`."""
    file.seek(layout.begin)
    left = layout.frames * layout.frame_bytes
    while left:
        data = file.read(min(left, frames_at_once * layout.frame_bytes))
        left -= len(data)
        whole = len(data) - len(data) % layout.frame_bytes
        if not whole:  # the file was truncated while it was read
            return
        yield _values(data[:whole], layout).reshape(-1, layout.channels)


def _data_end(begin: int, length: int, long_size: int, size: int) -> int:
    """The byte offset just after the samples, as the header states it where it can be believed;
    else the end of the file."""
    if length == 0xFFFFFFFF and long_size:
        return begin + long_size
    unknown = length in _UNKNOWN_SIZES or size - begin - length >= _WRAP
    return size if unknown else begin + length


def _layout(description: bytes, begin: int, end: int, missing: int) -> WavLayout | None:
    """Parse the chunk `fmt `; None where a codec is needed. Raises NotAudio where it is invalid."""
    if len(description) < 16:
        raise NotAudio(
            "The WAV file does not state the format of its samples: its header is damaged.",
            reason="damaged",
        )
    kind, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", description)
    if kind == _EXTENSIBLE and len(description) >= 26:
        kind = int.from_bytes(description[24:26], "little")
    if kind not in _WIDTHS:
        return None
    width = -(-bits // 8)
    if width not in _WIDTHS[kind] or not 1 <= channels <= MAX_WAV_CHANNELS:
        raise NotAudio(
            f"The WAV file claims {channels} channels of {bits} bits; "
            f"1 to {MAX_WAV_CHANNELS} channels of 8, 16, 24 or 32 bits are accepted."
        )
    if block not in (0, width * channels):
        raise NotAudio(
            "The WAV file's header contradicts itself; write the file again.", reason="damaged"
        )
    if not MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE:
        raise NotAudio(
            f"The audio's sample rate is {rate} Hz; "
            f"{MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} Hz are accepted."
        )
    return WavLayout(kind, width, channels, rate, begin, end, missing)


def _values(data: bytes, layout: WavLayout) -> SampleFrames:
    """Whole samples → float32, finite, shape (n,)."""
    match layout.format, layout.width:
        case (1, 1):
            return (np.frombuffer(data, np.uint8).astype(np.float32) - 128.0) / 128.0
        case (1, 2):
            return np.frombuffer(data, "<i2").astype(np.float32) * np.float32(2.0**-15)
        case (1, 3):
            wide = np.zeros((len(data) // 3, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            return wide.view("<i4")[:, 0].astype(np.float32) * np.float32(2.0**-31)
        case (1, _):
            return np.frombuffer(data, "<i4").astype(np.float32) * np.float32(2.0**-31)
        case (3, width):
            raw = np.frombuffer(data, "<f4" if width == 4 else "<f8")
            # Values beyond float32 become infinite; infinity and NaN then become silence.
            with np.errstate(over="ignore", invalid="ignore"):
                values = raw.astype(np.float32)
            values[~np.isfinite(values)] = 0.0
            return np.clip(values, -1.0, 1.0, out=values)
        case (6, _):
            return alaw_table()[np.frombuffer(data, np.uint8)]
        case _:
            return mulaw_table()[np.frombuffer(data, np.uint8)]
