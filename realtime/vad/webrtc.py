"""WebRTC's detector: Gaussian mixtures over six bands; 15 times cheaper than silero, and cruder."""

from __future__ import annotations

from typing import Literal

import numpy as np
import webrtcvad

from realtime.types import SAMPLE_RATE, SAMPLES_PER_MS, Samples
from realtime.vad.base import FRAME_SAMPLES, Probabilities

Mode = Literal[0, 1, 2, 3]
PieceMs = Literal[10, 20, 30]

_INT16_SCALE = 32768.0
_SAMPLE_BYTES = 2


class WebRtcDetector:
    """Judges pieces of 10, 20 or 30 ms, as WebRTC demands, and sums them up by frame.

    The pieces follow each other without a gap from the start of the stream, across frames and
    calls; a frame's probability is the share of voiced ones among the pieces that end in it.
    """

    def __init__(self, mode: Mode = 2, piece_ms: PieceMs = 10) -> None:
        """`mode`: 0 finds most speech, 3 least. `piece_ms`: always shorter than a frame."""
        self._mode = mode
        self._piece = piece_ms * SAMPLES_PER_MS
        self.reset()

    def reset(self) -> None:
        """Forget the stream so far."""
        self._vad = webrtcvad.Vad(self._mode)
        self._rest = b""
        """16-bit samples of the unfinished piece."""

    def probabilities(self, samples: Samples) -> Probabilities:
        """Judge the next frames, shape (k * FRAME_SAMPLES,); see `SpeechDetector`."""
        frames = len(samples) // FRAME_SAMPLES
        words = samples * np.float32(_INT16_SCALE)
        # In place, and without np.clip, whose overhead costs more than a live packet's samples.
        np.maximum(words, -_INT16_SCALE, out=words)
        np.minimum(words, _INT16_SCALE - 1, out=words)
        data = self._rest + words.astype("<i2").tobytes()
        size = self._piece * _SAMPLE_BYTES
        count = len(data) // size
        is_speech = self._vad.is_speech
        voiced = [
            is_speech(data[at : at + size], SAMPLE_RATE) for at in range(0, count * size, size)
        ]
        # Where the pieces end, in samples of this call; the first may have begun in an earlier one.
        ends = np.arange(1, count + 1) * self._piece - len(self._rest) // _SAMPLE_BYTES
        frame_of = (ends - 1) // FRAME_SAMPLES
        self._rest = data[count * size :]
        totals = np.bincount(frame_of, minlength=frames)
        hits = np.bincount(frame_of, weights=voiced, minlength=frames)
        return (hits / totals).astype(np.float32)
