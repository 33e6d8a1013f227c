"""Names of sample encodings. The client library uses them too, so this file imports no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Encoding = Literal["f32le", "s16le", "s32le", "mulaw", "alaw", "auto"]
"""The format of a stream's bytes; `auto`: a container that states it."""
ENCODINGS: Final[tuple[Encoding, ...]] = get_args(Encoding)
SAMPLE_BYTES: Final[Mapping[str, int]] = {"f32le": 4, "s16le": 2, "s32le": 4, "mulaw": 1, "alaw": 1}
"""Bytes of one sample of each raw encoding."""
