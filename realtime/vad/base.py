"""The interface of speech detectors. The other files of this folder implement it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from realtime.types import SAMPLE_RATE, Samples

FRAME_SAMPLES = 512  # 32 ms: silero's fixed step, which all detectors here use
FRAME_MS = 1000 * FRAME_SAMPLES // SAMPLE_RATE

Probabilities = npt.NDArray[np.float32]
"""Speech probability of each frame, 0 … 1, shape (frames,)."""


class SpeechDetector(Protocol):
    """One stream's detector: it may keep state from frame to frame."""

    def probabilities(self, samples: Samples) -> Probabilities:
        """Judge the next frames of the stream.

        `samples`: shape (k * FRAME_SAMPLES,), following directly on those of the previous call.
        The result does not depend on how the stream is split into calls.
        """
        ...

    def reset(self) -> None:
        """Forget the stream so far."""
        ...
