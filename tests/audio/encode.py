"""Makes containers for the tests, with PyAV's own encoders: no file and no program is needed."""

import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from realtime.types import Samples

RATE = 48_000


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE) -> Samples:
    """A sine at half scale, shape (n,)."""
    t = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


class _Pipe:
    """Somewhere to write to that cannot be rewound, as a recorder's output over a socket."""

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
    layout = {1: "mono", 2: "stereo"}[len(channels)]
    with av.open(target, "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(np.stack(channels)), format="fltp", layout=layout
        )
        frame.sample_rate = rate
        frame.pts = 0
        frame.time_base = Fraction(1, rate)
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def wav(channels: list[Samples], *, rate: int = RATE, claimed_bytes: int | None = None) -> bytes:
    """A 16-bit WAV; `claimed_bytes`: what its header says of the length, true or not."""
    words = np.rint(np.stack(channels, axis=1) * 32767).astype("<i2").tobytes()
    size = len(words) if claimed_bytes is None else claimed_bytes
    count = len(channels)

    def number(value: int, length: int) -> bytes:
        return value.to_bytes(length, "little")

    form = number(1, 2) + number(count, 2) + number(rate, 4)
    form += number(rate * count * 2, 4) + number(count * 2, 2) + number(16, 2)
    riff = b"RIFF" + number(min(size + 36, 0xFFFFFFFF) if size else 0, 4) + b"WAVE"
    return riff + b"fmt " + number(16, 4) + form + b"data" + number(size, 4) + words
