"""Events that a session sends its client. Frozen; times in seconds on the session's clock."""

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
    """The newest text of an unfinished utterance. `text` begins with `stable`."""

    id: int
    text: str
    stable: str
    start: float
    end: float
    lag_ms: int
    settled_s: tuple[float, ...] = ()
    """End times of the words that became stable with it; for measurements, not sent to clients."""


@dataclass(frozen=True, slots=True)
class Final:
    """The final text of an utterance (or of a part that `chunk_duration` cut off). Never
    changes."""

    id: int
    text: str
    start: float
    end: float
    language: str
    language_probability: float
    confidence: float
    """exp(mean token log-probability) times the share of the speech that has words, 0 … 1."""
    words: tuple[Word, ...] | None
    """None where the client did not ask for words."""
    endpoint: bool
    """Silence ended the utterance; False: `chunk_duration`, a flush or the end did."""
    flush: bool
    """The answer to the client's flush."""
    lag_ms: int
    diarized: bool = False
    """Speakers are told apart: `speaker` here and in the words is meaningful."""
    speaker: int | None = None
    """The main speaker, 0 … in order of first appearance; None where too little was heard."""
    settled_s: tuple[float, ...] = ()
    """End times of the words that no partial showed as stable; not sent to clients."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A final could not be decoded; its Final follows with the stable words."""

    id: int
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Everything received was finalised; nothing follows."""

    audio_s: float
    finals: int


Event: TypeAlias = SpeechStarted | SpeechEnded | Partial | Final | Failed | Ended
