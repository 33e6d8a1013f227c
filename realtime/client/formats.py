"""The format of the audio that a client sends."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.encodings import ENCODINGS, SAMPLE_BYTES


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """How bytes encode samples. `auto`: a container (webm, ogg, mp3, …) that the server decodes."""

    encoding: str = "f32le"
    sample_rate: int = 16_000
    """Hz."""
    channels: int = 1

    def __post_init__(self) -> None:
        """Raise `ValueError` for a format that no server accepts."""
        if self.encoding not in ENCODINGS:
            known = ", ".join(ENCODINGS)
            raise ValueError(f"encoding must be one of {known}, not {self.encoding!r}.")
        if not 8_000 <= self.sample_rate <= 192_000:
            raise ValueError(f"sample_rate must be 8000 to 192000 Hz, not {self.sample_rate}.")
        if not 1 <= self.channels <= 8:
            raise ValueError(f"channels must be 1 to 8, not {self.channels}.")

    @property
    def frame_bytes(self) -> int | None:
        """Bytes of one sample of all channels; None: a container, whose bytes are no samples."""
        width = SAMPLE_BYTES.get(self.encoding)
        return None if width is None else width * self.channels

    @property
    def bytes_per_s(self) -> int | None:
        """Bytes of one second; None: a container."""
        return None if self.frame_bytes is None else self.frame_bytes * self.sample_rate

    def query(self) -> dict[str, str]:
        """The format as parameters of the query string."""
        if self.encoding == "auto":
            return {"encoding": "auto"}
        return {
            "encoding": self.encoding,
            "sample_rate": str(self.sample_rate),
            "channels": str(self.channels),
        }
