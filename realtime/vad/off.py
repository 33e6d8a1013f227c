"""No detection: everything is speech; only `chunk_duration`, `flush` and `end` cut it."""

from __future__ import annotations

import numpy as np

from realtime.types import Samples
from realtime.vad.base import FRAME_SAMPLES, Probabilities


class OffDetector:
    """The detector of `vad=off`."""

    def probabilities(self, samples: Samples) -> Probabilities:
        """1.0 for each frame of `samples`, shape (k * FRAME_SAMPLES,)."""
        return np.ones(len(samples) // FRAME_SAMPLES, np.float32)

    def reset(self) -> None:
        """Does nothing: this detector has no state."""
