"""The sample rate of audio whose client did not say it. Pure: the caller brings the time.

A browser's AudioContext mostly runs at 44.1 or 48 kHz and pages often do not say so. So a browser's
audio is held back until the pace at which it arrives has told its rate (`guessing`). From others it
is taken as 16 kHz at once, and watched: whoever records faster is told so (`suspicion`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from realtime.live.arrival import CANDIDATES, ArrivalRate
from realtime.types import SAMPLE_RATE

GUESS_S = 1.5
"""A browser's sample rate is read off so much of its packets."""
SUSPECT_AFTER_S = 5.0
SURE = 0.04
"""How near to another rate audio must arrive before the rate that was said is doubted."""
MOST_HELD_S = 4 * GUESS_S
"""More audio than this at the highest rate, and still no second and a half of time: that is no
microphone, and would fill the memory."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What was decided about a stream, and the audio that waited for it."""

    rate: int
    """Hz."""
    certain: bool
    """The arrival spoke for this rate; otherwise it is the default."""
    audio: bytes

    @property
    def message(self) -> str:
        """What the client is told."""
        if self.certain:
            return (
                f"The audio arrives at about {self.rate} Hz, so that rate is assumed: "
                f"give it with ?sample_rate={self.rate} to be sure."
            )
        return (
            "The sample rate was not given and the pace of the audio does not tell it, so "
            f"{self.rate} Hz is assumed. Give the true rate, for example with ?sample_rate=48000."
        )


class _Mode(Enum):
    GUESSING = auto()
    WATCHING = auto()
    KNOWN = auto()


class RateDetector:
    """One connection's knowledge of its sample rate."""

    def __init__(self, frame_bytes: int | None, *, browser: bool) -> None:
        """`frame_bytes`: bytes of one sample of all channels; None: nothing is to be found out."""
        self._frame_bytes = frame_bytes or 1
        self._mode = _Mode.GUESSING if browser else _Mode.WATCHING
        if frame_bytes is None:
            self._mode = _Mode.KNOWN
        self._arrival = ArrivalRate()
        self._held: list[bytes] = []
        self._held_bytes = 0

    @property
    def guessing(self) -> bool:
        """Audio must be given to `hold` and not be decoded yet."""
        return self._mode is _Mode.GUESSING

    @property
    def holds_audio(self) -> bool:
        return bool(self._held)

    def arrived(self, size: int, now_s: float) -> None:
        """So many bytes came off the socket."""
        if self._mode is not _Mode.KNOWN:
            self._arrival.receive(size / self._frame_bytes, now_s)

    def hold(self, audio: bytes) -> None:
        """Keep audio back until the rate is settled."""
        self._held.append(audio)
        self._held_bytes += len(audio)

    @property
    def heard_enough(self) -> bool:
        """It is time for `settle`."""
        if not self.guessing:
            return False
        most = MOST_HELD_S * max(CANDIDATES) * self._frame_bytes
        return self._arrival.span_s >= GUESS_S or self._held_bytes > most

    def settle(self) -> Guess:
        """Decide with what has come so far, and let the audio go."""
        audio, self._held, self._held_bytes = b"".join(self._held), [], 0
        rate = self._arrival.guess()
        self._know()
        return Guess(rate or SAMPLE_RATE, rate is not None, audio)

    def forget_audio(self) -> None:
        """Drop what was held: the client wants it so, or will send it again."""
        self._held.clear()
        self._held_bytes = 0

    def suspicion(self) -> int | None:
        """The rate at which audio taken as 16 kHz really seems to arrive, in Hz; said once."""
        if self._mode is not _Mode.WATCHING or self._arrival.span_s < SUSPECT_AFTER_S:
            return None
        rate = self._arrival.guess(tolerance=SURE)
        self._know()
        return None if rate == SAMPLE_RATE else rate

    def _know(self) -> None:
        self._mode = _Mode.KNOWN
        self._arrival = ArrivalRate()
