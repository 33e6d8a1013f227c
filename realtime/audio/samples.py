"""Helpers for samples: conversion to 16 bits, and silence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.types import SAMPLE_RATE, Samples


def to_s16(audio: Samples) -> npt.NDArray[np.int16]:
    """float32 in -1 … 1 → int16, rounded and clipped; shape (n,)."""
    scaled: npt.NDArray[np.int16] = np.clip(np.rint(audio * 32768.0), -32768, 32767).astype("<i2")
    return scaled


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)
