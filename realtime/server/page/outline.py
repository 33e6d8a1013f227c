"""The outline of a recording, as a waveform shows it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.audio.files import AudioReader
from realtime.types import SAMPLE_RATE

CELL_SAMPLES = SAMPLE_RATE // 20
"""50 ms; a cell keeps its loudest sample."""
MOST_POINTS = 24_000
"""Enough to zoom in: every cell of twenty minutes, a peak for each 150 ms of an hour; 150 kB."""


def read_outline(reader: AudioReader) -> tuple[float, list[float]]:
    """Returns the duration in s, and the peaks of equal parts, 0 … 1, at most `MOST_POINTS`.

    Reads to the end; raises what the reader raises.
    """
    cells: list[NDArray[np.float32]] = []
    rest = np.zeros(0, np.float32)
    samples = 0
    while (block := reader.read()) is not None:
        samples += len(block)
        loud = np.concatenate([rest, np.abs(block).max(axis=1)])
        whole = len(loud) // CELL_SAMPLES * CELL_SAMPLES
        cells.append(loud[:whole].reshape(-1, CELL_SAMPLES).max(axis=1))
        rest = loud[whole:]
    if len(rest):
        cells.append(rest.max(keepdims=True))
    peaks = np.concatenate(cells) if cells else np.zeros(0, np.float32)
    return samples / SAMPLE_RATE, [round(float(peak), 3) for peak in fewer(peaks, MOST_POINTS)]


def fewer(peaks: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """At most `most` peaks, each the highest of its part."""
    if len(peaks) <= most:
        return peaks
    starts = np.linspace(0, len(peaks), most, endpoint=False).astype(int)
    return np.maximum.reduceat(peaks, starts)
