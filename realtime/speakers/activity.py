"""Turns the output of a segmentation network into the times of each voice in a piece of audio.

Pure. The network is pyannote's segmentation 3.0, or one with its interface: for each frame of
16.9 ms it gives the likelihood of nobody, of each of three voices, and of each two of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from realtime.speakers.fbank import FRAME_SAMPLES, HOP_SAMPLES
from realtime.types import SAMPLE_RATE

Activity: TypeAlias = npt.NDArray[np.bool_]
"""Whether each of `VOICES` is heard, shape (frames, VOICES)."""

VOICES = 3
STEP = 270
"""Samples from one frame to the next: the strides 10, 3, 3, 3 of its layers."""
FIRST = 496
"""The middle one of the 991 samples on which the first frame depends."""
LEAST = 1_600
"""Fewest samples of a piece: the network hears no voice in less than 0.1 s."""
PIECE = 10 * SAMPLE_RATE
"""Most samples of a piece: the network was trained on 10 s with at most three voices."""
GAP_S = 0.25
"""A voice silent for this long may have given way to another: stops and sighs are shorter."""
_ACTIVE: Activity = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], np.bool_
)
"""Which voices are heard in each class of the network."""


@dataclass(frozen=True, slots=True)
class VoiceSpan:
    """The span of a piece in which one voice is heard until it falls silent."""

    start: int
    """In samples from the beginning of the piece, as `end`."""
    end: int
    voice: int
    """0 … VOICES - 1; in another piece the numbers mean other voices."""


def activity(classes: npt.NDArray[np.float32]) -> Activity:
    """The most likely voices. `classes`: log likelihoods of one piece, shape (frames, 7)."""
    active: Activity = _ACTIVE[classes.argmax(axis=1)]
    return active


def voice_spans(active: Activity, length: int) -> list[VoiceSpan]:
    """The stays of all voices, in order of their beginnings. `length`: samples of the piece."""
    found = []
    for voice in range(VOICES):
        frames = np.flatnonzero(active[:, voice])
        if not len(frames):
            continue
        apart = np.flatnonzero(np.diff(frames) * STEP > GAP_S * SAMPLE_RATE) + 1
        for run in np.split(frames, apart):
            start, end = _edge(int(run[0])), min(_edge(int(run[-1]) + 1), length)
            if start < end:
                found.append(VoiceSpan(start, end, voice))
    return sorted(found, key=lambda voice_span: (voice_span.start, voice_span.voice))


def alone(active: Activity, count: int) -> npt.NDArray[np.bool_]:
    """Whether at most one voice is heard in each of `count` frames of features (`fbank`)."""
    middles = np.arange(count) * HOP_SAMPLES + FRAME_SAMPLES // 2
    frames = np.clip(np.rint((middles - FIRST) / STEP).astype(np.intp), 0, len(active) - 1)
    one: npt.NDArray[np.bool_] = active.sum(axis=1)[frames] <= 1
    return one


def _edge(frame: int) -> int:
    """Where a frame begins: half a step before its middle; the first begins with the piece."""
    return FIRST + frame * STEP - STEP // 2 if frame else 0
