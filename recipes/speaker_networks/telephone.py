"""A simulation of a telephone line."""

from __future__ import annotations

import numpy as np
import soxr

from realtime.types import SAMPLE_RATE, Samples

RATE = 8_000
LOWEST_HZ, HIGHEST_HZ = 300.0, 3_400.0
"""The band of a telephone line (ITU-T G.712)."""
_EDGE_HZ = 25.0
_MU = 255.0
"""µ of the companding law (ITU-T G.711), with 8 bits."""


def telephone(samples: Samples) -> Samples:
    """Reduce to 300 … 3,400 Hz, 8 kHz and 8 bits of mu-law; back at 16 kHz. float32, shape (n,)."""
    narrow = soxr.resample(samples, SAMPLE_RATE, RATE)
    spectrum, hz = np.fft.rfft(narrow), np.fft.rfftfreq(len(narrow), 1 / RATE)
    above = 1 / (1 + np.exp(-(hz - LOWEST_HZ) / _EDGE_HZ))
    below = 1 / (1 + np.exp((hz - HIGHEST_HZ) / _EDGE_HZ))
    line = np.clip(np.fft.irfft(spectrum * above * below, len(narrow)), -1, 1)
    coded = np.round(np.sign(line) * np.log1p(_MU * np.abs(line)) / np.log1p(_MU) * 127) / 127
    heard = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU
    back: Samples = soxr.resample(heard.astype(np.float32), RATE, SAMPLE_RATE)
    return back
