"""Detects audio that is hardly intended, for the `audio_suspect` warning.

The cause is almost always a client that sends another format than it states. Blocks of half a
second are judged, and every suspicion is reported once per stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from realtime.types import Samples

SuspicionCode = Literal[
    "not_finite",
    "too_loud",
    "s16_as_f32",
    "f32_as_s16",
    "clipping",
    "container_as_pcm",
    "sides_cancel",
]

_BLOCK_S = 0.5  # audio judged at once: long enough for a share of one percent to be meaningful
_FULL_SCALE = 0.9999  # at or beyond it a sample counts as clipped (s16: 32765 of 32768)
_CLIPPED_SHARE = 0.01  # recordings normalised to full scale stay far below one sample in a hundred
_LOUD = 2.0  # mixes of floats overshoot 1.0 a little; twice as much is another scale
_LOUD_SHARE = 0.01
# Two 16-bit samples read as one float give exponents that audio never has: small positive values
# become about 1e-38 … 1e-28, small negative ones -1e28 … -3e38, and -1 … -128 become NaN.
_TINY = 1e-20
_HUGE = 1e9
_WILD_SHARE = 0.5
_SCALED_SHARE = 0.1
"""Least share of tiny and huge values among the wild ones: a client that sends nothing but NaN is
broken in another way. Quiet 16-bit audio has both in about equal numbers."""
# Where a float of 2**-31 … 1.0 is read as two 16-bit samples, its upper half without the sign lies
# between these two. Real audio does not have nearly every second sample there.
_UPPER_HALF_MIN = 0x3000
_UPPER_HALF_MAX = 0x3F80
_UPPER_HALF_SHARE = 0.9

SIDES_CANCEL = (
    "The channels cancel each other: their mean is hardly more than silence, so only the louder "
    "one is transcribed. Reverse the polarity of one of them, send one channel, or set "
    "`multichannel`."
)

_MESSAGES: Final[dict[SuspicionCode, str]] = {
    "not_finite": (
        "Some samples are NaN or infinite and were replaced by silence; "
        "check the recording program, or set `encoding` to what is really sent."
    ),
    "too_loud": (
        "Float samples lie far outside -1 … 1 and were clipped; divide integer samples by 32768, "
        "or send them as integers with `encoding=s16le`."
    ),
    "s16_as_f32": (
        "The bytes look like integer samples but are read as float32; set `encoding=s16le` "
        "(or `s32le`)."
    ),
    "f32_as_s16": (
        "The bytes look like float32 samples but are read as s16le; set `encoding=f32le`."
    ),
    "clipping": (
        "More than one sample in a hundred is at full scale; lower the gain of the microphone, "
        "or check `encoding`."
    ),
    "container_as_pcm": (
        "The stream begins like a file (WAV, WebM, Ogg, MP3, MP4, FLAC …) but is read as raw "
        "samples; set `encoding=auto`."
    ),
    "sides_cancel": SIDES_CANCEL,
}


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something odd about a stream's audio, and the option that would correct it."""

    code: SuspicionCode
    message: str
    """One sentence for the `message` of an `audio_suspect` warning."""


class SuspicionMeter:
    """Counts odd samples of a stream, and makes float samples finite and within -1 … 1."""

    def __init__(self, samples_per_s: int) -> None:
        """`samples_per_s`: sample rate x channels."""
        self._block = int(_BLOCK_S * samples_per_s)
        self._reported: set[SuspicionCode] = set()
        self._new: list[Suspicion] = []
        self.replaced = 0
        """NaN and infinite samples replaced by zeros so far."""
        self._clear_block()

    def tidy_floats(self, values: Samples) -> None:
        """Inspect float samples, shape (n,), and leave them finite and within -1 … 1, in place."""
        if len(values):
            peak = max(float(values.max()), -float(values.min()))  # NaN if any sample is
            if not (peak == 0.0 or _TINY < peak < _FULL_SCALE):
                self._tidy_odd_floats(values)
        self._count(len(values))

    def inspect_s16(self, values: npt.NDArray[np.int16]) -> None:
        """Inspect 16-bit samples, shape (n,)."""
        # Two reductions, since the absolute value of -32768 does not fit 16 bits.
        peak = max(int(values.max(initial=0)), -int(values.min(initial=0)))
        if peak >= _UPPER_HALF_MIN:
            for half in (values[0::2], values[1::2]):
                self._inspect_half(half)
            self._clipped += int(np.count_nonzero(np.abs(values / 32768.0) >= _FULL_SCALE))
        self._count(len(values))

    def inspect_floats(self, values: Samples) -> None:
        """Inspect samples known to be finite and within -1 … 1, shape (n,)."""
        if float(np.abs(values).max(initial=0.0)) >= _FULL_SCALE:
            self._clipped += int(np.count_nonzero(np.abs(values) >= _FULL_SCALE))
        self._count(len(values))

    def report(self, code: SuspicionCode) -> None:
        """Add a suspicion, unless it was reported before."""
        if code not in self._reported:
            self._reported.add(code)
            self._new.append(Suspicion(code, _MESSAGES[code]))

    def finish(self) -> None:
        """Judge the last block, however short."""
        self._judge()

    def findings(self) -> list[Suspicion]:
        """Suspicions since the previous call; each is reported once per stream."""
        new, self._new = self._new, []
        return new

    def _tidy_odd_floats(self, values: Samples) -> None:
        """The slow path of `tidy_floats`, for packets with odd samples."""
        finite = np.isfinite(values)
        magnitude = np.abs(values)
        bad = len(values) - int(np.count_nonzero(finite))
        with np.errstate(invalid="ignore"):
            huge = int(np.count_nonzero(finite & (magnitude > _HUGE)))
            tiny = (magnitude < _TINY) & (magnitude > 0.0)
            self._loud += int(np.count_nonzero(finite & (magnitude > _LOUD)))
            self._clipped += int(np.count_nonzero(finite & (magnitude >= _FULL_SCALE)))
        self._bad += bad
        self._huge += huge
        self._tiny += int(np.count_nonzero(tiny))
        self._zero += int(np.count_nonzero(magnitude == 0.0))
        self.replaced += bad
        values[~finite | tiny] = 0.0  # denormal numbers slow every filter down
        np.clip(values, -1.0, 1.0, out=values)

    def _inspect_half(self, half: npt.NDArray[np.int16]) -> None:
        """Check whether every second 16-bit word could be the upper half of a float."""
        upper = half & 0x7FFF
        sounding = int(np.count_nonzero(upper))
        like_floats = np.count_nonzero((upper >= _UPPER_HALF_MIN) & (upper <= _UPPER_HALF_MAX))
        if like_floats > _UPPER_HALF_SHARE * sounding:
            self._float_halves += len(half)

    def _count(self, samples: int) -> None:
        self._samples += samples
        if self._samples >= self._block:
            self._judge()

    def _judge(self) -> None:
        """Judge the block of samples counted so far, and begin the next."""
        sounding = self._samples - self._zero
        wild = self._bad + self._huge + self._tiny
        scaled = self._huge + self._tiny > _SCALED_SHARE * wild
        if scaled and wild > _WILD_SHARE * sounding and self._bad + self._huge > 0:
            self.report("s16_as_f32")
        elif self._float_halves > _UPPER_HALF_SHARE * self._samples / 2:
            self.report("f32_as_s16")
        else:
            if self._bad:
                self.report("not_finite")
            if self._loud > _LOUD_SHARE * self._samples:
                self.report("too_loud")
            elif self._clipped > _CLIPPED_SHARE * self._samples:
                self.report("clipping")
        self._clear_block()

    def _clear_block(self) -> None:
        self._samples = self._zero = self._bad = self._huge = self._tiny = 0
        self._loud = self._clipped = self._float_halves = 0
