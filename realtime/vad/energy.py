"""Detects speech by its level above the quietest of the last seconds. No model, almost no cost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from realtime.types import Samples
from realtime.vad.base import FRAME_MS, FRAME_SAMPLES, Probabilities

_FLOOR_FRAMES = 3000 // FRAME_MS  # a speaker pauses for breath or closes the lips within 3 s
_LOWEST_FLOOR_DB = -65.0  # dBFS, a microphone's hiss: the floor is never taken to be lower
_MARGIN_DB = 9.0  # level above the floor with probability 1/2; noise alone varies by 1 … 2 dB
_SLOPE_DB = 1.5  # increase of the level that multiplies the odds by e
_SILENCE_POWER = 1e-10  # -100 dB, so that digital silence has a logarithm


class EnergyDetector:
    """Compares each frame's level with the lowest level of the last 3 s.

    Steady noise, hum and tones become part of the floor after 3 s; sudden noises count as speech.
    """

    def __init__(self) -> None:
        self._levels_db: npt.NDArray[np.float32] = np.empty(0, np.float32)
        """Levels of the last frames, at most `_FLOOR_FRAMES - 1`."""

    def probabilities(self, samples: Samples) -> Probabilities:
        """Judge the next frames, shape (k * FRAME_SAMPLES,); see `SpeechDetector`."""
        frames = samples.reshape(-1, FRAME_SAMPLES)
        if not len(frames):
            return np.empty(0, np.float32)
        power = np.mean(np.square(frames), axis=1)
        levels = 10.0 * np.log10(power + np.float32(_SILENCE_POWER))
        seen = np.concatenate([self._levels_db, levels])
        self._levels_db = seen[max(0, len(seen) - _FLOOR_FRAMES + 1) :].copy()
        missing = len(frames) + _FLOOR_FRAMES - 1 - len(seen)
        padded = np.concatenate([np.full(missing, np.inf, np.float32), seen])
        floors = sliding_window_view(padded, _FLOOR_FRAMES).min(axis=1)
        above = levels - np.maximum(floors, _LOWEST_FLOOR_DB) - _MARGIN_DB
        result: Probabilities = (1.0 / (1.0 + np.exp(-above / _SLOPE_DB))).astype(np.float32)
        return result

    def reset(self) -> None:
        """Forget the floor."""
        self._levels_db = np.empty(0, np.float32)
