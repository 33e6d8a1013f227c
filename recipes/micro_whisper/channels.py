"""Channels between a voice and a server: a telephone line, MP3, Opus.

Lossy coding leaves holes in the spectrum that clean speech does not have. A small model must be
trained with them, or it loses words with every browser and call recorder.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from realtime.types import SAMPLE_RATE, Samples

_FARTHEST_S = 0.15
"""Longer than the delay of any of the codecs."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A codec and its input format."""

    container: str
    codec: str
    rate: int
    """Sample rate in Hz."""
    bits_per_s: tuple[int, ...] = (0,)
    """Bit rates, one of which is drawn; 0 if the codec has only one."""


CHANNELS = (
    Channel("wav", "pcm_mulaw", 8_000),
    Channel("mp3", "libmp3lame", 16_000, (24_000, 32_000, 48_000, 64_000)),
    Channel("ogg", "libopus", 16_000, (16_000, 24_000, 32_000, 48_000)),
)


def to_pcm(samples: Samples) -> npt.NDArray[np.int16]:
    """float32 in -1 … 1 → 16 bit, rounded and clipped; shape (n,)."""
    return np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)


def coded(samples: Samples, channel: Channel, bits_per_s: int) -> Samples:
    """`samples` (float32, mono, 16 kHz) after the channel, of equal length and without delay."""
    pcm = to_pcm(samples)
    file = io.BytesIO()
    with av.open(file, "w", format=channel.container) as container:
        stream = container.add_stream(channel.codec, rate=channel.rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        if bits_per_s:
            stream.bit_rate = bits_per_s
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        fitted = av.AudioResampler(stream.format, "mono", channel.rate, stream.frame_size or None)
        for part in (*fitted.resample(frame), *fitted.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as container:
        back = av.AudioResampler("fltp", "mono", SAMPLE_RATE)
        parts = [p for frame in container.decode(audio=0) for p in back.resample(frame)]
        parts += back.resample(None)
    return _in_time(np.concatenate([part.to_ndarray()[0] for part in parts]), samples)


def through_any(samples: Samples, rng: random.Random) -> Samples:
    """`samples` after a channel drawn at random."""
    channel = rng.choice(CHANNELS)
    return coded(samples, channel, rng.choice(channel.bits_per_s))


def _in_time(late: Samples, samples: Samples) -> Samples:
    """`late` shifted to its best match with `samples`, and of the same length."""
    most = round(_FARTHEST_S * SAMPLE_RATE)
    size = 1 << (max(len(late), len(samples)) + most).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(late, size) * np.fft.rfft(samples, size).conj(), size)
    delays = np.concatenate([np.arange(most), np.arange(-most, 0)])
    delay = int(delays[np.argmax(likeness[delays])])
    moved = late[delay:] if delay >= 0 else np.concatenate([np.zeros(-delay, np.float32), late])
    moved = moved[: len(samples)]
    return np.concatenate([moved, np.zeros(len(samples) - len(moved), np.float32)])
