"""What a segmentation network says of each instant → where each voice of a piece of audio is heard.

Pure. The network is pyannote's segmentation 3.0, or one with its interface: of each frame of
16.9 ms the likelihood of nobody, of each of three voices, and of each two of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from realtime.speakers.fbank import FRAME_SAMPLES, HOP_SAMPLES
from realtime.types import SAMPLE_RATE

Activity: TypeAlias = npt.NDArray[np.bool_]
"""Who of `VOICES` is heard, shape (frames, VOICES)."""

VOICES = 3
STEP = 270
"""Samples from one frame to the next: the strides 10, 3, 3, 3 of its layers."""
FIRST = 496
"""The sample in the middle of what the first frame hears, which are 991."""
LEAST = 1_600
"""The network hears no voice in less than 0.1 s."""
PIECE = 10 * SAMPLE_RATE
"""It was trained on pieces of 10 s, with three voices at most in each."""
GAP_S = 0.25
"""A voice that is silent for so long may have given way to another: stops and sighs are shorter."""
_HEARD: Activity = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], np.bool_
)
"""Which voices each class means."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A voice of a piece from when it is heard to when it falls silent."""

    start: int
    """Sample of the piece."""
    end: int
    voice: int
    """0 … VOICES - 1; in another piece the numbers mean other voices."""


def activity(classes: npt.NDArray[np.float32]) -> Activity:
    """`classes`: log likelihoods of one piece, shape (frames, 7)."""
    heard: Activity = _HEARD[classes.argmax(axis=1)]
    return heard


def stays(heard: Activity, length: int) -> list[Stay]:
    """Each voice's, in order of their beginnings. `length`: of the piece, in samples."""
    found = []
    for voice in range(VOICES):
        frames = np.flatnonzero(heard[:, voice])
        if not len(frames):
            continue
        apart = np.flatnonzero(np.diff(frames) * STEP > GAP_S * SAMPLE_RATE) + 1
        for run in np.split(frames, apart):
            start, end = _edge(int(run[0])), min(_edge(int(run[-1]) + 1), length)
            if start < end:
                found.append(Stay(start, end, voice))
    return sorted(found, key=lambda stay: (stay.start, stay.voice))


def alone(heard: Activity, count: int) -> npt.NDArray[np.bool_]:
    """Of `count` frames of features (`fbank`): in which at most one voice is heard."""
    middles = np.arange(count) * HOP_SAMPLES + FRAME_SAMPLES // 2
    frames = np.clip(np.rint((middles - FIRST) / STEP).astype(np.intp), 0, len(heard) - 1)
    one: npt.NDArray[np.bool_] = heard.sum(axis=1)[frames] <= 1
    return one


def _edge(frame: int) -> int:
    """Where a frame begins: half a step before its middle, but the first with the piece."""
    return FIRST + frame * STEP - STEP // 2 if frame else 0
