"""The recent audio of one stream, addressed by absolute sample index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime.types import SAMPLE_RATE, Samples

_SMALLEST = SAMPLE_RATE  # samples; one second is 32 kB, what an idle stream may cost
_SHRINK_BELOW = 4  # shrink when less than a quarter is used: amortised, as growing is
_SCALE = np.float32(32768.0)
_MAX = np.float32(32767.0)


class RingBuffer:
    """Mono 16 kHz audio from index `start` to index `end` of a stream, kept as 16-bit samples.

    Appending and trimming take amortised constant time per sample; samples are moved only when the
    storage grows or shrinks. No storage is held before the first sample.
    """

    def __init__(self, start: int = 0) -> None:
        self._start = self._end = start
        self._store: npt.NDArray[np.int16] = np.empty(0, np.int16)

    @property
    def start(self) -> int:
        """Index of the oldest sample held."""
        return self._start

    @property
    def end(self) -> int:
        """Index just after the newest sample."""
        return self._end

    @property
    def capacity(self) -> int:
        """Samples that fit before the storage must grow."""
        return len(self._store)

    def __len__(self) -> int:
        return self._end - self._start

    def append(self, samples: Samples) -> None:
        """Add samples, shape (n,), at `end`. Beyond -1 … 1 they are clipped; NaN is not allowed."""
        count = len(samples)
        if len(self) + count > self.capacity:
            self._resize(len(self) + count)
        # In place: with a live stream's small packets, np.clip's overhead is half of the cost.
        scaled = samples * _SCALE
        np.maximum(scaled, -_SCALE, out=scaled)
        np.minimum(scaled, _MAX, out=scaled)
        np.rint(scaled, out=scaled)
        words = scaled.astype(np.int16)
        at = 0
        for piece in self._pieces(self._end, self._end + count):
            piece[:] = words[at : at + len(piece)]
            at += len(piece)
        self._end += count

    def trim(self, before: int) -> None:
        """Drop the samples before index `before`. An index before `start` changes nothing.

        Raises `IndexError` if `before` is later than `end`.
        """
        if before > self._end:
            raise IndexError(f"Cannot trim to sample {before}: the audio ends at {self._end}.")
        self._start = max(self._start, before)
        if self.capacity > _SMALLEST and len(self) * _SHRINK_BELOW < self.capacity:
            self._resize(2 * len(self))

    def read(self, start: int, end: int) -> Samples:
        """A copy of the samples `start` … `end`, shape (end - start,).

        Raises `IndexError` unless all of them are held.
        """
        if not self._start <= start <= end <= self._end:
            raise IndexError(
                f"Samples {start} … {end} are not held: the buffer has {self._start} … {self._end}."
            )
        samples: Samples = np.empty(end - start, np.float32)
        at = 0
        for piece in self._pieces(start, end):
            np.divide(piece, _SCALE, out=samples[at : at + len(piece)])
            at += len(piece)
        return samples

    def _pieces(self, start: int, end: int) -> list[npt.NDArray[np.int16]]:
        """Views of the storage that hold `start` … `end` in order: one, or two around its edge."""
        if start == end:
            return []
        begin = start % self.capacity
        length = end - start
        first = self._store[begin : begin + length]
        return [first, self._store[: length - len(first)]] if len(first) < length else [first]

    def _resize(self, needed: int) -> None:
        """Move to the smallest storage of `_SMALLEST` x 2**k samples that holds `needed`."""
        capacity = _SMALLEST
        while capacity < needed:
            capacity *= 2
        held = [piece.copy() for piece in self._pieces(self._start, self._end)]
        self._store = np.empty(capacity, np.int16)
        at = 0
        flat = np.concatenate(held) if held else np.empty(0, np.int16)
        for piece in self._pieces(self._start, self._end):
            piece[:] = flat[at : at + len(piece)]
            at += len(piece)
