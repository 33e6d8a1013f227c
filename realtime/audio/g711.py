"""Telephone codes: μ-law and A-law, one byte a sample (ITU-T G.711, tables 1 and 2)."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from realtime.types import Samples

_MULAW_BIAS = 33  # G.711: the encoder adds it before it finds the segment; decoding subtracts it
_MULAW_SCALE = 4  # 14-bit values of the recommendation to 16-bit ones
_ALAW_SCALE = 8  # 13-bit values of the recommendation to 16-bit ones
_INT16_FULL_SCALE = 32768.0


@cache
def mulaw_table() -> Samples:
    """The value of each μ-law code, float32 in -1 … 1, shape (256,).

    A code holds a sign, 3 bits of segment and 4 bits of step, and is sent with all bits inverted.
    """
    sign, segment, step = _fields(~np.arange(256, dtype=np.uint8))
    magnitude = ((2 * step + _MULAW_BIAS) << segment) - _MULAW_BIAS
    return _to_float(np.where(sign, -magnitude, magnitude) * _MULAW_SCALE)


@cache
def alaw_table() -> Samples:
    """The value of each A-law code, float32 in -1 … 1, shape (256,).

    A code is sent with its even bits inverted; its sign bit is set for *positive* values. Segment 0
    is as fine as segment 1, so only the segments from 1 on have the implicit leading step.
    """
    sign, segment, step = _fields(np.arange(256, dtype=np.uint8) ^ np.uint8(0x55))
    mantissa = 2 * step + 1 + np.where(segment > 0, 32, 0)
    magnitude = mantissa << np.maximum(segment - 1, 0)
    return _to_float(np.where(sign, magnitude, -magnitude) * _ALAW_SCALE)


def _fields(
    codes: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Sign bit, segment 0 … 7 and step 0 … 15 of each code."""
    wide = codes.astype(np.int32)
    return (wide & 0x80) != 0, (wide >> 4) & 0x07, wide & 0x0F


def _to_float(values: npt.NDArray[np.int32]) -> Samples:
    """16-bit values to -1 … 1."""
    table = (values / _INT16_FULL_SCALE).astype(np.float32)
    table.flags.writeable = False  # shared by every stream
    return table
