"""Any sample rate → 16 kHz, packet by packet, with the filter's state kept between packets."""

from __future__ import annotations

import numpy as np
import soxr

from realtime.audio.format import SampleFrames
from realtime.types import SAMPLE_RATE

_QUALITY = "HQ"  # soxr's 20-bit setting: 6 µs per 20 ms packet, as fast as its lowest setting
_PIECE_FRAMES = 4096  # soxr's queues keep the size of the largest piece that they ever received


class Resampler:
    """Resamples one stream to 16 kHz; how it is split into packets changes nothing.

    The output is aligned with the input: its sample k is the input's sound at k / 16000 s. Up to
    40 ms (from 8 kHz: 115 ms) are held back until more input or `flush`.
    """

    def __init__(self, from_rate: int, channels: int) -> None:
        """`from_rate`: Hz, positive; `channels`: as many as the frames for `process` have."""
        self._channels = channels
        self._stream: soxr.ResampleStream | None = None
        if from_rate != SAMPLE_RATE:
            self._stream = soxr.ResampleStream(
                from_rate, SAMPLE_RATE, channels, dtype="float32", quality=_QUALITY
            )

    def process(self, frames: SampleFrames) -> SampleFrames:
        """Resample the next frames, shape (n, channels) → (m, channels) at 16 kHz."""
        if len(frames) <= _PIECE_FRAMES or self._stream is None:
            return self._run(frames, last=False)
        starts = range(0, len(frames), _PIECE_FRAMES)
        return np.concatenate(
            [self._run(frames[at : at + _PIECE_FRAMES], last=False) for at in starts]
        )

    def flush(self) -> SampleFrames:
        """End the stream; returns the audio held back, shape (m, channels). No call may follow."""
        return self._run(np.zeros((0, self._channels), np.float32), last=True)

    def _run(self, frames: SampleFrames, *, last: bool) -> SampleFrames:
        if self._stream is None:
            return frames
        # soxr takes mono as a flat array only.
        chunk = frames[:, 0] if self._channels == 1 else frames
        resampled: SampleFrames = self._stream.resample_chunk(
            np.ascontiguousarray(chunk), last=last
        )
        return resampled.reshape(-1, self._channels)
