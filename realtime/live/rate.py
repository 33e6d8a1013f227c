"""Finds the sample rate of audio whose client did not state it. Pure: the caller passes the time.

A browser's AudioContext mostly runs at 44.1 or 48 kHz and pages often do not state it. So a
browser's audio is held back until its rate is known from the pace of its arrival (`guessing`). That
of other clients is taken as 16 kHz at once and watched: a client whose audio arrives at another
rate is warned (`suspicion`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from realtime.live.arrival import CANDIDATES, ArrivalRate
from realtime.types import SAMPLE_RATE

GUESS_S = 1.5
"""How long a browser's packets are measured."""
SUSPECT_AFTER_S = 5.0
SURE = 0.04
"""How near the measured rate must be to a candidate, as a share of it, before 16 kHz is doubted."""
MOST_HELD_S = 4 * GUESS_S
"""Most audio that is held back, in seconds at the highest rate. A source that sends more within
`GUESS_S` is no microphone, and would fill the memory."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The sample rate decided for a stream, and the audio that waited for the decision."""

    rate: int
    """Hz."""
    certain: bool
    """The audio arrived at this rate; False: it is the default."""
    audio: bytes

    @property
    def message(self) -> str:
        """The sentence of the warning to the client."""
        if self.certain:
            return (
                f"The audio arrives at about {self.rate} Hz, so that rate is assumed: "
                f"give it with ?sample_rate={self.rate} to be sure."
            )
        return (
            "The sample rate was not given and cannot be derived from the pace of the audio, so "
            f"{self.rate} Hz is assumed. Give the true rate, for example with ?sample_rate=48000."
        )


class _Mode(Enum):
    GUESSING = auto()
    WATCHING = auto()
    KNOWN = auto()


class RateDetector:
    """Finds the sample rate of one connection."""

    def __init__(self, frame_bytes: int | None, *, browser: bool) -> None:
        """`frame_bytes`: bytes of one sample of all channels; None: the rate is known already."""
        self._frame_bytes = frame_bytes or 1
        self._mode = _Mode.GUESSING if browser else _Mode.WATCHING
        if frame_bytes is None:
            self._mode = _Mode.KNOWN
        self._arrival = ArrivalRate()
        self._buffer: list[bytes] = []
        self._held_bytes = 0

    @property
    def guessing(self) -> bool:
        """Audio must be passed to `hold` and not be decoded yet."""
        return self._mode is _Mode.GUESSING

    @property
    def holds_audio(self) -> bool:
        return bool(self._buffer)

    def arrived(self, size: int, now_s: float) -> None:
        """`size` bytes were read from the socket."""
        if self._mode is not _Mode.KNOWN:
            self._arrival.receive(size / self._frame_bytes, now_s)

    def hold(self, audio: bytes) -> None:
        """Keep audio back until the rate is settled."""
        self._buffer.append(audio)
        self._held_bytes += len(audio)

    @property
    def has_enough_audio(self) -> bool:
        """Enough audio arrived for `settle`."""
        if not self.guessing:
            return False
        most = MOST_HELD_S * max(CANDIDATES) * self._frame_bytes
        return self._arrival.span_s >= GUESS_S or self._held_bytes > most

    def settle(self) -> Guess:
        """Decide by what has arrived so far, and release the audio."""
        audio, self._buffer, self._held_bytes = b"".join(self._buffer), [], 0
        rate = self._arrival.guess()
        self._know()
        return Guess(rate or SAMPLE_RATE, rate is not None, audio)

    def forget_audio(self) -> None:
        """Drop the audio held back: the client cleared it, or will send it again."""
        self._buffer.clear()
        self._held_bytes = 0

    def suspicion(self) -> int | None:
        """The rate at which audio taken as 16 kHz really seems to arrive, in Hz; reported once."""
        if self._mode is not _Mode.WATCHING or self._arrival.span_s < SUSPECT_AFTER_S:
            return None
        rate = self._arrival.guess(tolerance=SURE)
        self._know()
        return None if rate == SAMPLE_RATE else rate

    def _know(self) -> None:
        self._mode = _Mode.KNOWN
        self._arrival = ArrivalRate()
