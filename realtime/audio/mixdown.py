"""Mixes several channels to one: their mean, or one side alone where speech cancels in the mean.

A cable with swapped wires, or an effect, inverts one side: the mean of both is then silence, while
either side alone is fine. Sides that merely differ, as the two ends of a call, do not cancel.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from realtime.audio.format import SampleFrames

BLOCK_S = 0.02
"""Length of the blocks that are judged, and of the fade from one mixture into another."""
CANCELLED = 0.25
"""Sides cancel where their mean has less than this fraction of the energy that the mean of
uncorrelated sides would have: two equal sides with a correlation below -0.75."""
RESTORED = 0.5
"""Above this fraction the mean is used again."""
BETTER = 4.0
"""Another side replaces the one in use only if it has this many times its energy (6 dB)."""
KEPT = 0.95
"""Factor by which a sounding block reduces past energies: those of 0.4 s ago weigh a third."""
FADING = 0.999
"""Factor by which a quiet block reduces them: half is left after 14 s of silence."""
SOUNDING = 0.05
"""A block with less than this fraction of the usual energy is quiet, and not judged, since hum has
a phase of its own."""
LEAST = 1e-9
"""Energy per sample below which a block is quiet in any case: -90 dBFS."""
CERTAIN_BLOCKS = 25
"""Consecutive sounding blocks that must cancel before it is reported: half a second."""


class Mixer:
    """Mixes one stream down. The mixture of a block depends on earlier blocks alone, so that the
    split into packets changes nothing, and mixtures fade into each other, so that nothing clicks.
    """

    def __init__(self) -> None:
        self.cancels = False
        """Whether the sides certainly cancelled at some time."""
        self._sides: _Sides | None = None

    def process(self, frames: SampleFrames, rate: int) -> SampleFrames:
        """Shape (n, channels) at `rate` Hz → (n, 1)."""
        channels = frames.shape[1]
        if channels == 1 or not len(frames):
            return frames[:, :1]
        if self._sides is None or self._sides.shape != (rate, channels):
            self._sides = _Sides(rate, channels)
        mixed = self._sides.process(frames)
        self.cancels = self.cancels or self._sides.certain >= CERTAIN_BLOCKS
        return mixed


class _Sides:
    """Mixes a given number of channels at one rate."""

    def __init__(self, rate: int, channels: int) -> None:
        self.shape = rate, channels
        self.certain = 0
        """Consecutive sounding blocks in which the sides cancel."""
        self._channels = channels
        self._length = max(1, round(rate * BLOCK_S))
        self._filled = 0
        self._block = [0.0] * (1 + channels)
        """Energy of the mean, and of each channel, in the block in progress. For so few numbers,
        lists are three times as fast as arrays."""
        self._energy = [0.0] * (1 + channels)
        """The same for all blocks so far, older ones with less weight."""
        self._weight = 0.0
        self._side: int | None = None
        """The channel in use; None: the mean."""
        self._before: int | None = None
        """`_side` of the block before the one in progress."""

    def process(self, frames: SampleFrames) -> SampleFrames:
        """Shape (n, channels), n > 0 → (n, 1)."""
        out = mean(frames)
        starts = [0, *range(self._length - self._filled, len(frames), self._length)]
        energies: npt.NDArray[np.float64]
        energies = np.concatenate([out, frames], axis=1, dtype=np.float64)
        energies = np.add.reduceat(np.square(energies, out=energies), starts)
        spans = pairwise([*starts, len(frames)])
        for energy, (start, stop) in zip(energies.tolist(), spans, strict=True):
            if self._side is not None or self._before is not None:
                self._mix(out[start:stop], frames[start:stop])
            self._filled += stop - start
            self._block = [a + b for a, b in zip(self._block, energy, strict=True)]
            if self._filled == self._length:
                self._judge()
                self._filled, self._block = 0, [0.0] * len(self._block)
        return out

    def _mix(self, out: SampleFrames, frames: SampleFrames) -> None:
        """Mix a part of one block in place. `out`: the mean at first."""
        if self._side == self._before:
            out[:, 0] = frames[:, self._side or 0]
            return
        before, after = (
            out[:, 0] if side is None else frames[:, side] for side in (self._before, self._side)
        )
        ramp = np.arange(self._filled + 1, self._filled + 1 + len(out), dtype=np.float32)
        ramp /= self._length
        out[:, 0] = before + ramp * (after - before)

    def _judge(self) -> None:
        """Choose the mixture of the next block, when one is complete."""
        self._before = self._side
        usual = sum(self._energy[1:]) / max(self._weight, 1.0)
        if sum(self._block[1:]) < max(LEAST * self._length, SOUNDING * usual):
            self._energy = [FADING * past for past in self._energy]
            return
        self._energy = [KEPT * a + b for a, b in zip(self._energy, self._block, strict=True)]
        self._weight = KEPT * self._weight + 1.0
        mixed, *sides = self._energy
        # The energies of uncorrelated sides add up.
        part = mixed * self._channels**2 / sum(sides)
        best = sides.index(max(sides))
        if self._side is None:
            self._side = best if part < CANCELLED else None
        elif part > RESTORED:
            self._side = None
        elif sides[best] > BETTER * sides[self._side]:
            self._side = best
        self.certain = 0 if self._side is None else self.certain + 1


def mean(frames: SampleFrames) -> SampleFrames:
    """Shape (n, channels) → (n, 1), by columns: five times as fast as a mean over rows."""
    mixed = frames[:, :1].copy()
    for channel in range(1, frames.shape[1]):
        mixed += frames[:, channel : channel + 1]
    mixed /= np.float32(frames.shape[1])
    return mixed
