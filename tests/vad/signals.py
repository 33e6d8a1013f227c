"""Sounds for the detectors: recorded words, and sounds that must not be taken for words."""

from functools import cache

import numpy as np
import numpy.typing as npt

from realtime.types import SAMPLE_RATE, Samples
from realtime.vad.base import FRAME_SAMPLES, Probabilities, SpeechDetector
from realtime.weights.bundled import Sample

NOISE_S = 20


def decibels(level: float) -> float:
    """Converts a level in dB to a factor."""
    return float(10.0 ** (level / 20.0))


def whole_frames(samples: npt.NDArray[np.floating]) -> Samples:
    """Cut to whole frames and clipped to -1 … 1."""
    kept = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES]
    clipped: Samples = np.clip(kept, -1, 1).astype(np.float32)
    return clipped


@cache
def noises() -> dict[str, Samples]:
    """20 s of each: silence, noise, hum, telephone keys, clicks."""
    random = np.random.default_rng(5)
    count = NOISE_S * SAMPLE_RATE
    t = np.arange(count) / SAMPLE_RATE
    white = random.normal(size=count)
    spectrum = np.fft.rfft(random.normal(size=count))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), count)
    pink /= np.sqrt(np.mean(pink**2))
    harmonics = np.array([1, 2, 3, 4, 5, 7])
    hum = np.sum(np.sin(2 * np.pi * 50 * np.outer(harmonics, t)) / harmonics[:, None], axis=0)
    keys = np.zeros(count)
    clicks = white * decibels(-70)
    for at in range(0, count - SAMPLE_RATE, 4800):
        low, high = random.choice([697, 770, 852, 941]), random.choice([1209, 1336, 1477])
        tones = np.sin(2 * np.pi * low * t[:3200]) + np.sin(2 * np.pi * high * t[:3200])
        keys[at : at + 3200] = 0.25 * tones
        clicks[at : at + 60] += random.normal(size=60) * 0.5 * np.exp(-np.arange(60) / 15)
    sounds = {
        "digital silence": np.zeros(count),
        "white -70 dB": white * decibels(-70),
        "white -40 dB": white * decibels(-40),
        "white -20 dB": white * decibels(-20),
        "pink -40 dB": pink * decibels(-40),
        "pink -20 dB": pink * decibels(-20),
        "hum -20 dB": hum * decibels(-20),
        "telephone keys": keys,
        "clicks": clicks,
    }
    return {name: whole_frames(sound) for name, sound in sounds.items()}


def speech(sample: Sample, level_db: float, noise_db: float | None = None) -> Samples:
    """The sample at an RMS of `level_db` (full scale: 0) between two seconds of silence.

    `noise_db`: the level of white noise laid over all of it.
    """
    said = sample.read()
    loud = said[np.abs(said) > 0.01]
    said = said * (decibels(level_db) / np.sqrt(np.mean(loud**2)))
    heard = np.concatenate([np.zeros(SAMPLE_RATE), said, np.zeros(SAMPLE_RATE)])
    if noise_db is not None:
        heard += np.random.default_rng(6).normal(size=len(heard)) * decibels(noise_db)
    return whole_frames(heard)


def judge(detector: SpeechDetector, sound: Samples, frames_a_call: int = 3) -> Probabilities:
    """All probabilities of a sound that is fed in calls of this many frames, after a reset."""
    detector.reset()
    step = frames_a_call * FRAME_SAMPLES
    calls = [detector.probabilities(sound[at : at + step]) for at in range(0, len(sound), step)]
    return np.concatenate(calls)
