"""Tones that replace spoken passages."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from realtime.types import SAMPLE_RATE

TONE_HZ = 1000
"""The tone that broadcasters use."""
TONE_LEVEL = 0.1
"""Amplitude: 20 dB below full scale, no louder than speech."""
FADE_S = 0.005
"""Fade at both ends of a tone, so that it does not click."""

Span = tuple[float, float]
"""Start and end in seconds."""


def beeped(block: NDArray[np.float32], first: int, spans: Iterable[Span]) -> NDArray[np.float32]:
    """A block of a recording, float32 at 16 kHz, shape (n, channels), with a tone over the spans.

    `first`: index of its first sample in the recording. A tone replaces the original sound.
    """
    changed = block.copy()
    fade = FADE_S * SAMPLE_RATE
    for start_s, end_s in spans:
        start, end = round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE)
        at = np.arange(max(start, first), min(end, first + len(block)))
        if len(at):
            rising = np.minimum(np.minimum(at - start, end - at) / fade, 1.0)
            tone = TONE_LEVEL * rising * np.sin(2 * np.pi * TONE_HZ * (at - start) / SAMPLE_RATE)
            changed[at - first] = tone[:, None].astype(np.float32)
    return changed
