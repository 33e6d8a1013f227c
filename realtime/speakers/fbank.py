"""Log-mel filterbank energies as Kaldi computes them, the input of speaker networks. Pure.

The formulas are those of Kaldi's `compute-fbank-feats` (feature-window.cc, mel-computations.cc),
with the window and the scale of samples that WeSpeaker's recipes use: 80 bins, Hamming, no dither.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from realtime.types import SAMPLE_RATE, Samples

Features: TypeAlias = npt.NDArray[np.float32]
"""Natural logarithms of energies, shape (frames, BINS)."""

BINS = 80
FRAME_SAMPLES = SAMPLE_RATE // 40
"""25 ms."""
HOP_SAMPLES = SAMPLE_RATE // 100
"""10 ms."""
LOUD_SHARE = 0.95
"""Quantile of the loudness to which frames are compared."""
QUIETER = math.log(10**3.5)
"""A frame 35 dB below it is silence: vowels and consonants of one voice lie within 30 dB."""
NARROW = 3e-4
"""Speech came over a telephone line if the share of its energy above 4.2 kHz, in the louder half of
the frames, is lower: the share is 1.5e-5 on lines, and 1.4e-3 and more in recordings."""
_NARROW_BIN = 62  # of 80: begins at 4.2 kHz
_LINE_BINS = slice(9, 57)  # of 80: 250 Hz to 3.6 kHz
_FFT = 512  # the next power of two
_LOWEST_HZ = 20.0
_PREEMPHASIS = 0.97
_FULL_SCALE = 32768.0  # Kaldi's samples are 16-bit integers
_FLOOR = float(np.finfo(np.float32).eps)  # the least energy of which the logarithm is taken


def fbank(samples: Samples) -> Features:
    """Features of mono audio at 16 kHz: a frame every 10 ms, if it lies within the audio.

    `samples`: float32 in -1 … 1, shape (n,). The result has shape (0, BINS) if no frame fits.
    """
    if len(samples) < FRAME_SAMPLES:
        return np.empty((0, BINS), np.float32)
    scaled = samples.astype(np.float32) * np.float32(_FULL_SCALE)
    frames = np.lib.stride_tricks.sliding_window_view(scaled, FRAME_SAMPLES)[::HOP_SAMPLES]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    frames = (frames - np.float32(_PREEMPHASIS) * before) * _window()
    power = np.abs(np.fft.rfft(frames, _FFT)) ** 2
    energies = power.astype(np.float32) @ _filters()
    logarithms: Features = np.log(np.maximum(energies, np.float32(_FLOOR)))
    return logarithms


def voiced(features: Features) -> npt.NDArray[np.bool_]:
    """Whether each frame is not much quieter than the loud ones, shape (frames,).

    This is relative, so that neither gain nor a steady noise matters. If all frames are equally
    quiet, all are voiced: a detector has already found speech in the audio.
    """
    if not len(features):
        return np.zeros(0, np.bool_)
    loudness = np.log(np.exp(features - features.max()).sum(axis=1) + _FLOOR)
    return np.asarray(loudness >= np.quantile(loudness, LOUD_SHARE) - QUIETER)


def is_narrow(features: Features) -> bool:
    """Whether there is nothing above 4 kHz, as on a telephone line; takes one frame or more."""
    energies = np.exp(features - features.max())
    loudness = energies.sum(axis=1)
    mean = energies[loudness >= np.median(loudness)].mean(axis=0)
    return bool(mean[_NARROW_BIN:].sum() < NARROW * mean.sum())


def without_mean(features: Features) -> Features:
    """Features minus their mean over time, which a microphone or a line adds to all frames."""
    centred: Features = features - features.mean(axis=0)
    return centred


def within_line(features: Features) -> Features:
    """Features (minus their mean) with zeros outside the band of a telephone line: that part holds
    only noise of the codec, which looks as loud as the voice once the mean is subtracted."""
    band = np.zeros_like(features)
    band[:, _LINE_BINS] = features[:, _LINE_BINS]
    return band


@cache
def _window() -> npt.NDArray[np.float32]:
    return np.hamming(FRAME_SAMPLES).astype(np.float32)


@cache
def _filters() -> npt.NDArray[np.float32]:
    """Triangles of equal width on the mel scale, 20 Hz … 8 kHz, shape (_FFT / 2 + 1, BINS)."""
    low, high = _mel(_LOWEST_HZ), _mel(SAMPLE_RATE / 2)
    edges = np.linspace(low, high, BINS + 2)
    mels = _mel(np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT)[:, None]
    rising = (mels - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mels) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def _mel(hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return 1127.0 * np.log1p(np.asarray(hz, np.float64) / 700.0)
