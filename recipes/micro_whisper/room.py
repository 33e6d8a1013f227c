"""Effects of a room and a microphone on speech: level, noise, clipping."""

from __future__ import annotations

import random

import numpy as np

from realtime.types import Samples


class Room:
    """Random room effects; equal random generators give equal effects."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._normal = np.random.default_rng(rng.getrandbits(64))

    def heard(self, samples: Samples) -> Samples:
        """Speech at a random level, with noise, sometimes clipped."""
        rng = self._rng
        samples = samples * np.float32(10 ** rng.uniform(-1.3, 0.15))
        if rng.random() < 0.6:
            level = np.float32(10 ** rng.uniform(-4.5, -2.4))
            samples = samples + self.noise(len(samples)) * level
        if rng.random() < 0.15:
            samples = np.clip(samples * 3, -1, 1)
        return samples.astype(np.float32, copy=False)

    def noise(self, count: int) -> Samples:
        """Noise of standard deviation 1, white or falling towards high frequencies."""
        noise = self._normal.standard_normal(count)
        if self._rng.random() < 0.5 and count:
            spectrum = np.fft.rfft(noise)
            slope = self._rng.uniform(0.3, 1.0)
            spectrum /= np.maximum(np.arange(len(spectrum)), 20) ** slope
            noise = np.fft.irfft(spectrum, count)
            noise /= noise.std() + 1e-9
        return noise.astype(np.float32)
