"""Log-mel filterbank energies as Kaldi computes them: what networks of speakers are fed. Pure.

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
"""The quantile of loudness by which frames are measured."""
QUIETER = math.log(10**3.5)
"""35 dB under it a frame is silence: vowels and consonants of one voice lie within 30 dB."""
NARROW = 3e-4
"""Share of the energy above 4.2 kHz, in the louder half of the frames, under which speech came over
a telephone line: 1.5e-5 of lines, 1.4e-3 and more of recordings."""
_NARROW_BIN = 62  # of 80: begins at 4.2 kHz
_LINE_BINS = slice(9, 57)  # of 80: 250 Hz to 3.6 kHz
_FFT = 512  # the next power of two
_LOWEST_HZ = 20.0
_PREEMPHASIS = 0.97
_FULL_SCALE = 32768.0  # Kaldi's samples are 16-bit integers
_FLOOR = float(np.finfo(np.float32).eps)  # energy under which there is nothing to take a log of


def fbank(samples: Samples) -> Features:
    """Features of mono audio at 16 kHz; a frame every 10 ms that lies whole in the audio.

    `samples`: float32 in -1 … 1, shape (n,); → shape (0, BINS) where no frame is whole.
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
    """Frames that are not much quieter than the loud ones, shape (frames,).

    Relative, so that neither gain nor a steady noise matters; where all are equally quiet, all are
    taken: a detector has said before that somebody speaks.
    """
    if not len(features):
        return np.zeros(0, np.bool_)
    loudness = np.log(np.exp(features - features.max()).sum(axis=1) + _FLOOR)
    return np.asarray(loudness >= np.quantile(loudness, LOUD_SHARE) - QUIETER)


def is_narrow(features: Features) -> bool:
    """Whether there is nothing above 4 kHz, as on a telephone line; shape (frames, BINS), frames
    >= 1."""
    energies = np.exp(features - features.max())
    loudness = energies.sum(axis=1)
    mean = energies[loudness >= np.median(loudness)].mean(axis=0)
    return bool(mean[_NARROW_BIN:].sum() < NARROW * mean.sum())


def without_mean(features: Features) -> Features:
    """Features less their mean over time: what a microphone or a line adds to all frames alike."""
    centred: Features = features - features.mean(axis=0)
    return centred


def within_line(features: Features) -> Features:
    """Features less their mean, with nothing outside of what a telephone line carries: there is no
    voice there, but the noise of the codec, which looks as loud once the mean is off."""
    heard = np.zeros_like(features)
    heard[:, _LINE_BINS] = features[:, _LINE_BINS]
    return heard


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
