"""Makes containers for tests with PyAV's own encoders: needs no file and no program."""

import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from realtime.audio.files import AudioReader
from realtime.audio.format import SampleFrames
from realtime.types import Samples

RATE = 48_000
FORMATS = {
    "wav": ("wav", "pcm_s16le", RATE),
    "flac": ("flac", "flac", RATE),
    "mp3": ("mp3", "libmp3lame", RATE),
    "ogg": ("ogg", "flac", RATE),
    "opus": ("ogg", "libopus", RATE),
    "webm": ("webm", "libopus", RATE),
    "mkv": ("matroska", "flac", RATE),
    "m4a": ("mp4", "aac", RATE),
    "mov": ("mov", "alac", RATE),
    "aac": ("adts", "aac", RATE),
    "aiff": ("aiff", "pcm_s16be", RATE),
    "aifc": ("aiff", "pcm_s16le", RATE),
    "amr": ("amr", "libopencore_amrnb", 8000),
    "3gp": ("3gp", "libopencore_amrnb", 8000),
    "au": ("au", "pcm_mulaw", 8000),
    "avi": ("avi", "libmp3lame", RATE),
    "avi with ac3": ("avi", "ac3", RATE),
    "caf": ("caf", "alac", RATE),
    "caf with pcm": ("caf", "pcm_s16be", RATE),
    "mpeg": ("mpeg", "mp2", RATE),
    "ts": ("mpegts", "aac", RATE),
    "ts with mp2": ("mpegts", "mp2", RATE),
    "wma": ("asf", "wmav2", RATE),
    "wma of old": ("asf", "wmav1", RATE),
    "w64": ("w64", "pcm_s16le", RATE),
    "g726 in wav": ("wav", "g726", 8000),
}
"""Name → container, codec and rate of what PyAV can write."""
BIT_RATES = {"wmav1": 64_000, "wmav2": 64_000, "g726": 32_000}
"""Options of codecs that have no usable default."""
MONO = frozenset({"libopencore_amrnb", "g726"})


def encoded(name: str, seconds: float) -> bytes:
    """One of `FORMATS`: a tone of 440 Hz, in stereo where the format has it."""
    container, codec, rate = FORMATS[name]
    channels = [tone(seconds, rate=rate)] * (1 if codec in MONO else 2)
    return encode(container, codec, channels, rate=rate)


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE) -> Samples:
    """A sine at half scale, shape (n,)."""
    t = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


class _Pipe:
    """An output that cannot be rewound, as a recorder's over a socket."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)


def encode(
    container: str,
    codec: str,
    channels: list[Samples],
    *,
    rate: int = RATE,
    live: bool = False,
    options: dict[str, str] | None = None,
) -> bytes:
    """The channels in a container. `live`: written forward only, as MediaRecorder and pipes do."""
    if live:
        pipe = _Pipe()
        _write(pipe, container, codec, channels, rate, options or {})
        return bytes(pipe.data)
    with tempfile.TemporaryDirectory() as folder:  # `faststart` reopens its file by name
        path = Path(folder, "audio")
        _write(str(path), container, codec, channels, rate, options or {})
        return path.read_bytes()


def _write(
    target: str | _Pipe,
    container: str,
    codec: str,
    channels: list[Samples],
    rate: int,
    options: dict[str, str],
) -> None:
    layout = {1: "mono", 2: "stereo", 8: "7.1"}[len(channels)]
    with av.open(target, "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        if codec in BIT_RATES:
            stream.bit_rate = BIT_RATES[codec]
        frame = av.AudioFrame.from_ndarray(
            np.stack(channels, axis=1).reshape(1, -1), format="flt", layout=layout
        )
        frame.sample_rate = rate
        frame.pts = 0
        frame.time_base = Fraction(1, rate)
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def wav(channels: list[Samples], *, rate: int = RATE, claimed_bytes: int | None = None) -> bytes:
    """A 16-bit WAV; `claimed_bytes`: the length in its header, true or not."""
    words = np.rint(np.stack(channels, axis=1) * 32767).astype("<i2").tobytes()
    size = len(words) if claimed_bytes is None else claimed_bytes
    count = len(channels)

    def number(value: int, length: int) -> bytes:
        return value.to_bytes(length, "little")

    form = number(1, 2) + number(count, 2) + number(rate, 4)
    form += number(rate * count * 2, 4) + number(count * 2, 2) + number(16, 2)
    riff = b"RIFF" + number(min(size + 36, 0xFFFFFFFF) if size else 0, 4) + b"WAVE"
    return riff + b"fmt " + number(16, 4) + form + b"data" + number(size, 4) + words


def read_all(reader: AudioReader) -> SampleFrames:
    blocks = []
    while (block := reader.read()) is not None:
        blocks.append(block)
    return np.concatenate(blocks)
