"""Encodings of samples, by name. The client library reads them too, so nothing is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Encoding = Literal["f32le", "s16le", "s32le", "mulaw", "alaw", "auto"]
"""What the bytes of a stream are; `auto`: a container that says it itself."""
ENCODINGS: Final[tuple[Encoding, ...]] = get_args(Encoding)
SAMPLE_BYTES: Final[Mapping[str, int]] = {"f32le": 4, "s16le": 2, "s32le": 4, "mulaw": 1, "alaw": 1}
"""Bytes of one sample of each raw encoding."""
