"""Filterbank features compared with the formulas, computed the slow way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from realtime.speakers.fbank import (
    BINS,
    FRAME_SAMPLES,
    HOP_SAMPLES,
    fbank,
    voiced,
    within_line,
    without_mean,
)
from realtime.types import SAMPLE_RATE


def slow_frame(samples: np.ndarray) -> list[float]:
    """One frame as Kaldi's feature-window.cc and mel-computations.cc describe it."""
    x = [float(sample) * 32768 for sample in samples]
    mean = sum(x) / len(x)
    x = [sample - mean for sample in x]
    x = [x[0] - 0.97 * x[0]] + [x[i] - 0.97 * x[i - 1] for i in range(1, len(x))]
    last = len(x) - 1
    x = [s * (0.54 - 0.46 * math.cos(2 * math.pi * i / last)) for i, s in enumerate(x)]
    power = np.abs(np.fft.fft(x, 512)[:257]) ** 2

    def mel(hz: float) -> float:
        return 1127 * math.log(1 + hz / 700)

    step = (mel(8000) - mel(20)) / (BINS + 1)
    energies = []
    for number in range(BINS):
        left = mel(20) + number * step
        total = 0.0
        for place in range(257):
            at = (mel(place * SAMPLE_RATE / 512) - left) / step
            total += max(0.0, min(at, 2 - at)) * power[place]
        energies.append(math.log(max(total, 2.0**-23)))
    return energies


def test_frames_equal_the_formulas() -> None:
    rng = np.random.default_rng(3)
    tone = 0.3 * np.sin(np.arange(2_000) * 2 * np.pi * 440 / SAMPLE_RATE)
    samples = (tone + rng.normal(0, 0.05, 2_000)).astype(np.float32)
    features = fbank(samples)
    assert features.shape == ((2_000 - FRAME_SAMPLES) // HOP_SAMPLES + 1, BINS)
    for number in (0, 5, len(features) - 1):
        frame = samples[number * HOP_SAMPLES :][:FRAME_SAMPLES]
        assert features[number] == pytest.approx(slow_frame(frame), abs=2e-3)


def test_silence_and_audio_shorter_than_a_frame() -> None:
    assert fbank(np.zeros(FRAME_SAMPLES - 1, np.float32)).shape == (0, BINS)
    assert not len(voiced(np.empty((0, BINS), np.float32)))
    nothing = fbank(np.zeros(FRAME_SAMPLES, np.float32))
    assert nothing == pytest.approx(math.log(2.0**-23))
    assert voiced(nothing).all()


def test_quiet_frames_are_recognised_whatever_the_gain() -> None:
    rng = np.random.default_rng(4)
    samples = rng.normal(0, 1, SAMPLE_RATE).astype(np.float32)
    samples[SAMPLE_RATE // 2 :] *= 1e-3
    for gain in (0.5, 0.005):
        loud = voiced(fbank(samples * np.float32(gain)))
        assert loud[:45].all()
        assert not loud[52:].any()


def test_a_gain_vanishes_with_the_mean() -> None:
    samples = np.random.default_rng(5).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    quiet, loud = (without_mean(fbank(samples * gain)) for gain in (np.float32(0.1), np.float32(1)))
    assert quiet == pytest.approx(loud, abs=1e-3)


def test_only_the_band_of_a_telephone_line_is_used() -> None:
    """A codec's noise above the line belongs to no voice."""
    features = np.random.default_rng(1).normal(size=(50, BINS)).astype(np.float32)
    heard = within_line(features)
    carried = np.flatnonzero(heard.any(axis=0))
    assert (carried[0], carried[-1]) == (9, 56)
    assert np.array_equal(heard[:, 9:57], features[:, 9:57])
    assert features[:, :9].all(), "what was given is left alone"
