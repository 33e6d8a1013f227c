"""What a session tells its client. Small frozen values; times in seconds on the session's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from realtime.types import Word


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    t: float


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    t: float


@dataclass(frozen=True, slots=True)
class Partial:
    """The newest reading of an unfinished utterance. `text` begins with `stable`."""

    id: int
    text: str
    stable: str
    start: float
    end: float
    lag_ms: int
    settled_s: tuple[float, ...] = ()
    """Where the words end that have become stable with it; a measure, not told to clients."""


@dataclass(frozen=True, slots=True)
class Final:
    """The last word on an utterance (or on a part of it that `chunk_duration` cut). Never
    changes."""

    id: int
    text: str
    start: float
    end: float
    language: str
    language_probability: float
    confidence: float
    """exp(mean token log-probability), 0 … 1."""
    words: tuple[Word, ...] | None
    """None where the client did not ask for words."""
    endpoint: bool
    """Silence ended the utterance; False: `chunk_duration`, a flush or the end did."""
    flush: bool
    """The answer to the client's flush."""
    lag_ms: int
    diarized: bool = False
    """Voices are told apart: `speaker` and those of the words mean something."""
    speaker: int | None = None
    """Who speaks most in it, 0 … in order of first appearance; None where too little was heard."""
    settled_s: tuple[float, ...] = ()
    """Where the words end that no partial had told as stable; not told to clients."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A final could not be decoded; its Final follows with what was stable."""

    id: int
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Everything received was finalised; nothing follows."""

    audio_s: float
    finals: int


Event: TypeAlias = SpeechStarted | SpeechEnded | Partial | Final | Failed | Ended
