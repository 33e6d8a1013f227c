"""What the bytes of a stream mean: encoding, sample rate, channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from realtime.encodings import ENCODINGS, SAMPLE_BYTES, Encoding
from realtime.errors import BadOption
from realtime.types import SAMPLE_RATE

MIN_SAMPLE_RATE = 8_000  # Hz, a telephone line
MAX_SAMPLE_RATE = 192_000  # Hz, the most that sound cards record
MAX_CHANNELS = 8  # a 7.1 layout

SampleFrames: TypeAlias = npt.NDArray[np.float32]
"""De-interleaved audio: float32 in -1 … 1, shape (frames, channels), at any rate."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """The format of one stream, as its client stated it.

    With `encoding="auto"` the bytes are a container that states its own rate and channels; the
    other two fields are then ignored.

    Raises `BadOption`, with the offending key in `details["field"]`.
    """

    encoding: Encoding = "f32le"
    sample_rate: int = SAMPLE_RATE
    """Hz."""
    channels: int = 1
    """Interleaved."""

    def __post_init__(self) -> None:
        if self.encoding not in ENCODINGS:
            raise BadOption(
                f"encoding must be one of {', '.join(ENCODINGS)}, not {self.encoding!r}.",
                field="encoding",
                available=list(ENCODINGS),
            )
        _check_range("sample_rate", self.sample_rate, MIN_SAMPLE_RATE, MAX_SAMPLE_RATE)
        _check_range("channels", self.channels, 1, MAX_CHANNELS)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample frame, that is of one sample of every channel.

        Raises `ValueError` for `auto`: a container has no fixed size of frame.
        """
        if self.encoding == "auto":
            raise ValueError("A container has no fixed size of frame.")
        return SAMPLE_BYTES[self.encoding] * self.channels


def _check_range(field: str, value: int, low: int, high: int) -> None:
    """Raise `BadOption` unless `value` is a whole number in `low` … `high`."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise BadOption(
            f"{field} must be a whole number from {low} to {high}, not {value!r}.",
            field=field,
            minimum=low,
            maximum=high,
        )
