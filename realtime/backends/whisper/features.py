"""Log-mel features, exactly Whisper's, for a context of any length.

Formula and constants: openai/whisper, audio.py (25 ms Hann windows every 10 ms, Slaney's mel
scale up to 8 kHz, log10, clipped 8 below the window's maximum, then (x + 4) / 4). The audio is
followed by silence up to the context's end, as openai/whisper does; faster-whisper pads the
features with zeros instead, which is louder than silence.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.types import SAMPLE_RATE, Samples

FFT_SAMPLES = 400  # 25 ms
HOP_SAMPLES = 160  # 10 ms: one frame
FRAMES_PER_S = SAMPLE_RATE // HOP_SAMPLES
LOG_FLOOR = 1e-10
DYNAMIC_RANGE = 8.0  # in log10 of power

LINEAR_HZ_PER_MEL = 200.0 / 3.0  # Slaney: linear below 1 kHz …
LOG_FROM_HZ = 1000.0  # … and logarithmic above,
LOG_STEP = np.log(6.4) / 27.0  # 27 mels for a factor of 6.4

SINGLE_THREADED_MACS = 1 << 18
"""Multiply-adds up to which OpenBLAS keeps a product on the calling thread (interface/gemm.c)."""

FloatArray = npt.NDArray[np.float32]


def mel_filters(n_mels: int) -> FloatArray:
    """Triangles of equal area on Slaney's mel scale, shape (n_mels, FFT_SAMPLES // 2 + 1)."""
    top_mel = _hz_to_mel(SAMPLE_RATE / 2)
    edges_hz = _mel_to_hz(np.linspace(0.0, top_mel, n_mels + 2))
    bins_hz = np.fft.rfftfreq(FFT_SAMPLES, 1.0 / SAMPLE_RATE)
    widths_hz = np.diff(edges_hz)
    distance_hz = edges_hz[:, None] - bins_hz[None, :]
    rising = -distance_hz[:-2] / widths_hz[:-1, None]
    falling = distance_hz[2:] / widths_hz[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges_hz[2:] - edges_hz[:-2])
    return (triangles * area[:, None]).astype(np.float32)


class LogMel:
    """Audio to features. Holds no state between calls."""

    def __init__(self, n_mels: int) -> None:
        """`n_mels`: 80, or 128 for large-v3 and turbo."""
        self.n_mels = n_mels
        self._filters = mel_filters(n_mels)
        self._window = np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)

    def __call__(self, samples: Samples, frames: int, out: FloatArray | None = None) -> FloatArray:
        """Features of `samples` followed by silence, shape (n_mels, frames), in `out` if given.

        Audio beyond `frames` is cut off. Raises ValueError on NaN or infinity, which would spread
        over the whole window unnoticed.
        """
        if out is None:
            out = np.empty((self.n_mels, frames), np.float32)
        length = min(len(samples), frames * HOP_SAMPLES)
        # Later frames hold silence alone; their features are known without a transform.
        busy = min(-(-(length + FFT_SAMPLES) // HOP_SAMPLES), frames)
        margin = FFT_SAMPLES // 2
        padded = np.zeros(busy * HOP_SAMPLES + 2 * margin, np.float32)
        padded[margin : margin + length] = samples[:length]
        last = margin + busy * HOP_SAMPLES
        padded[:margin] = padded[
            2 * margin : margin : -1
        ]  # mirrored at both ends, as torch.stft does
        padded[last:] = padded[last - 2 : last - margin - 2 : -1]
        spans = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES][:busy]
        spectrum = np.fft.rfft(spans * self._window, axis=1).astype(np.complex64)
        power = spectrum.real**2 + spectrum.imag**2
        log_mel = np.log10(np.maximum(self._mel(power), LOG_FLOOR))
        peak = float(log_mel.max())
        if not np.isfinite(peak):
            raise ValueError("audio holds NaN or infinity")
        if busy < frames:
            peak = max(peak, float(np.log10(LOG_FLOOR)))
        floor = peak - DYNAMIC_RANGE
        np.maximum(log_mel, floor, out=out[:, :busy])
        out[:, busy:] = max(float(np.log10(LOG_FLOOR)), floor)
        out += 4.0
        out /= 4.0
        return out

    def _mel(self, power: FloatArray) -> FloatArray:
        """Filter a power spectrum, shape (frames, bins) → (n_mels, frames), on this thread alone.

        numpy's OpenBLAS gives a larger product to a pool of threads, which then spin: 51 ms of
        processor time for a product of 0.5 ms (400 frames, 2 cores).
        """
        mel = np.empty((self.n_mels, len(power)), np.float32)
        step = SINGLE_THREADED_MACS // self._filters.size
        for at in range(0, len(power), step):
            np.matmul(self._filters, power[at : at + step].T, out=mel[:, at : at + step])
        return mel


def _hz_to_mel(hz: float) -> float:
    if hz < LOG_FROM_HZ:
        return hz / LINEAR_HZ_PER_MEL
    return LOG_FROM_HZ / LINEAR_HZ_PER_MEL + float(np.log(hz / LOG_FROM_HZ) / LOG_STEP)


def _mel_to_hz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = LOG_FROM_HZ / LINEAR_HZ_PER_MEL
    logarithmic = LOG_FROM_HZ * np.exp(LOG_STEP * (np.maximum(mels, knee) - knee))
    return np.where(mels < knee, mels * LINEAR_HZ_PER_MEL, logarithmic)
