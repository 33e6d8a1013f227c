"""Two voices that take turns: a bundled recording at its own speed, and sped up."""

from __future__ import annotations

import io
import wave

import numpy as np
import soxr

from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import samples

HIGHER = 1.25
"""Speed-up at which formants and pitch are those of another speaker."""
TEXTS = ("Hello, how can I help you today?", "Set a timer for ten minutes.")


def recorded(name: str, speed: float = 1.0) -> Samples:
    """A bundled recording, in its own voice or, with another `speed`, in another."""
    own = next(sample for sample in samples() if sample.name == name).read()
    return own if speed == 1.0 else soxr.resample(own, SAMPLE_RATE * speed, SAMPLE_RATE)


def two_voices(gap_s: float = 1.0) -> Samples:
    """Four sentences: hello, timer, timer, hello, by the voices 0, 1, 0, 1."""
    gap = np.zeros(round(gap_s * SAMPLE_RATE), np.float32)
    hello, timer = "en-hello", "en-timer"
    turns = [(hello, 1.0), (timer, HIGHER), (timer, 1.0), (hello, HIGHER)]
    return np.concatenate([part for turn in turns for part in (recorded(*turn), gap)])


def as_wav(audio: Samples) -> bytes:
    """The audio as a WAV file: 16 bit, 16 kHz, mono."""
    with io.BytesIO() as out:
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes((np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())
        return out.getvalue()
