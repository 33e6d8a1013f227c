"""Speech probabilities → where utterances begin, pause and end.

    SILENCE ──voiced──▶ ONSET ──voiced for onset_ms──▶ SPEECH ◀──voiced── HANGOVER
       ▲                  │                              └──unvoiced──▶      │
       ├────unvoiced──────┘                                                  │
       └─────────────────────unvoiced for endpoint_ms────────────────────────┘

The tables below are the whole state machine; the code under them only looks things up and counts
frames. Where the words decide how long a silence must last, no frame after its first `soonest_ms`
is judged until `decide` is called, so the result does not depend on when the words are known.
Before speech a frame is voiced from `threshold` on, within speech from the lower
`release_threshold` on, so that a fading word's end does not flicker (silero's own utilities use the
same pair, 0.15 apart).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import Enum, auto

from realtime.types import SAMPLES_PER_MS
from realtime.vad.base import FRAME_SAMPLES


class EndpointState(Enum):
    SILENCE = auto()
    ONSET = auto()
    SPEECH = auto()
    HANGOVER = auto()


class Turn(Enum):
    """What a step of the machine means to the session."""

    BEGIN = auto()
    """An onset lasted long enough: an utterance is open."""
    PAUSE = auto()
    """Speech went on after a silence too short to end the utterance."""
    END = auto()
    """The hangover ran out."""


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    endpoint_ms: int = 500
    """Silence that ends an utterance."""
    soonest_ms: int = 0
    """Shortest silence that may end it, where the words decide; 0: `endpoint_ms`, whatever the
    words."""
    latest_ms: int = 1_000
    """Longest silence that may be needed, where the words decide."""
    onset_ms: int = 64
    """Voiced time from which speech counts as begun."""
    padding_ms: int = 300
    """Audio kept before the onset: words often begin too softly to be noticed."""
    trailing_ms: int = 320
    """Silence kept after the last voiced frame, as it contains fading consonants. No final can be
    decoded before it has come. With 256 ms, 8.7 instead of 7.4 % of the words of sentences 1 s
    apart are wrong, and 8.1 instead of 7.6 % of those alone (people, stock `base`)."""
    early_ms: int = 0
    """Silence after which the final is decoded early, though not before all of its audio has been
    judged. 0: not before the hangover is over."""
    decode_ms: int = 0
    """About how long a decode takes. In a silence no partial is begun that would still run when
    the final may be decoded early, as a stream has one decode at a time."""
    min_pause_ms: int = 96
    """The shortest silence inside an utterance that counts as a place to cut."""
    threshold: float = 0.5
    release_threshold: float = 0.35


@dataclass(frozen=True, slots=True)
class Boundary:
    turn: Turn
    start: int
    """BEGIN: first voiced sample. PAUSE, END: first sample of the silence."""
    end: int
    """PAUSE: first sample of the speech after it. BEGIN, END: sample at which it was decided."""


#                 unvoiced         voiced
NEXT: dict[EndpointState, tuple[EndpointState, EndpointState]] = {
    EndpointState.SILENCE: (EndpointState.SILENCE, EndpointState.ONSET),
    EndpointState.ONSET: (EndpointState.SILENCE, EndpointState.ONSET),
    EndpointState.SPEECH: (EndpointState.HANGOVER, EndpointState.SPEECH),
    EndpointState.HANGOVER: (EndpointState.HANGOVER, EndpointState.SPEECH),
}
# Transitions by count: after enough frames in this state, move on and report a turn.
RUNS_OUT: dict[EndpointState, tuple[EndpointState, Turn]] = {
    EndpointState.ONSET: (EndpointState.SPEECH, Turn.BEGIN),
    EndpointState.HANGOVER: (EndpointState.SILENCE, Turn.END),
}


UNKNOWN = sys.maxsize
"""Frames to leave a hangover while it is not decided how long the silence must last."""


class Endpointer:
    """Takes one probability per frame and returns a boundary where it finds one."""

    def __init__(self, options: EndpointOptions, position: int = 0) -> None:
        self._options = options
        self._soonest = _frames(options.soonest_ms)
        self._frames_to_leave = {
            EndpointState.ONSET: _frames(options.onset_ms),
            EndpointState.HANGOVER: UNKNOWN if options.soonest_ms else _frames(options.endpoint_ms),
        }
        self.state = EndpointState.SILENCE
        self.position = position
        """Sample index just after the newest judged frame."""
        self._since = position
        """Where the present ONSET or HANGOVER began."""
        self._count = 0

    @property
    def speaking(self) -> bool:
        """An utterance is open."""
        return self.state in (EndpointState.SPEECH, EndpointState.HANGOVER)

    @property
    def voiced_since(self) -> int | None:
        """Start of voiced audio that does not count as speech yet, or None."""
        return self._since if self.state is EndpointState.ONSET else None

    @property
    def silent_since(self) -> int | None:
        """Start of the silence that may end the utterance, or None."""
        return self._since if self.state is EndpointState.HANGOVER else None

    @property
    def undecided(self) -> bool:
        """The silence may end the utterance: `decide` must be called before the next frame."""
        silent = self.state is EndpointState.HANGOVER and self._count >= self._soonest
        return silent and self._frames_to_leave[EndpointState.HANGOVER] == UNKNOWN

    def decide(self, silence_ms: int) -> Boundary | None:
        """End the utterance once this silence has lasted `silence_ms`; returns END if it has."""
        self._frames_to_leave[EndpointState.HANGOVER] = _frames(silence_ms)
        return self._run_out()

    def receive(self, probability: float) -> Boundary | None:
        """Judge the next frame (`FRAME_SAMPLES` samples)."""
        options, before = self._options, self.state
        inside = before in (EndpointState.SPEECH, EndpointState.HANGOVER)
        voiced = probability >= (options.release_threshold if inside else options.threshold)
        begin = self.position
        self.position += FRAME_SAMPLES
        state = NEXT[before][voiced]
        silence_start = self._since
        if state is before:
            self._count += 1
        else:
            self.state, self._since, self._count = state, begin, 1
            if state is EndpointState.HANGOVER and options.soonest_ms:
                self._frames_to_leave[state] = UNKNOWN
        if (boundary := self._run_out()) is not None:
            return boundary
        if before is EndpointState.HANGOVER and state is EndpointState.SPEECH:
            long_enough = begin - silence_start >= options.min_pause_ms * SAMPLES_PER_MS
            return Boundary(Turn.PAUSE, silence_start, begin) if long_enough else None
        return None

    def _run_out(self) -> Boundary | None:
        """Leave this state if it has lasted as long as it may, and return the boundary."""
        if self.state not in RUNS_OUT or self._count < self._frames_to_leave[self.state]:
            return None
        since = self._since
        self.state, turn = RUNS_OUT[self.state]
        self._since, self._count = self.position, 0
        return Boundary(turn, since, self.position)

    def reset(self) -> None:
        """Return to SILENCE at the current position."""
        self.state, self._since, self._count = EndpointState.SILENCE, self.position, 0


def _frames(milliseconds: int) -> int:
    """Milliseconds → frames: rounded up, at least one."""
    return max(1, -(-milliseconds * SAMPLES_PER_MS // FRAME_SAMPLES))
