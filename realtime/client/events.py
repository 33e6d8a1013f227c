"""A server's messages as typed events. Times are seconds in the audio that was sent.

Every event has its message in `raw`, which always has the key `text`. After the server lost a
session, `id` and times continue from the events before, while `raw` has the server's values.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Raw: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a final; `word` has no spaces around it."""

    word: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The server is ready for audio. `resumed`: the connection continues an earlier session."""

    session: str
    model: str
    language: str
    ignored: tuple[str, ...]
    resumed: bool
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Partial:
    """The newest text of an unfinished utterance. `text` begins with `stable`."""

    text: str
    stable: str
    id: int
    start: float
    end: float
    lag_ms: int
    channel: int | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Final:
    """An utterance, or a part of one: sent once, never changed."""

    text: str
    id: int
    start: float
    end: float
    language: str
    confidence: float
    words: tuple[Word, ...] | None
    """None unless the option `words` is on."""
    endpoint: bool
    flush: bool
    lag_ms: int
    channel: int | None
    raw: Raw = field(repr=False)
    speaker: int | None = None
    """Number of the speaker from 0, in order of first appearance; None without `diarize`, or if the
    voice is not known."""


@dataclass(frozen=True, slots=True)
class SpeechStart:
    """Someone began to speak."""

    t: float
    channel: int | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """The speaker stopped."""

    t: float
    channel: int | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Warning:
    """A warning from the server, or from the client (`reconnecting`, `session_lost`)."""

    code: str
    message: str
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Error:
    """An error after which the stream continues. An error that ends it is raised instead."""

    code: str
    message: str
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """All audio is final; no event follows."""

    reason: str
    audio_s: float
    finals: int
    raw: Raw = field(repr=False)


Event: TypeAlias = Ready | Partial | Final | SpeechStart | SpeechEnd | Warning | Error | End


def parse_raw(message: str | bytes) -> Raw:
    """The JSON object in a message; empty where the message is not a JSON object."""
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def parse_event(raw: Raw, *, shift_s: float = 0.0, shift_id: int = 0) -> Event | None:
    """The event for a message, with times and id shifted; None: the type is unknown.

    Raises `KeyError`, `TypeError` or `ValueError` where the message lacks a field of its type.
    """
    channel = raw.get("channel")
    match raw.get("type"):
        case "partial":
            return Partial(
                text=str(raw["text"]),
                stable=str(raw["stable"]),
                id=int(raw["id"]) + shift_id,
                start=_moved(raw["start"], shift_s),
                end=_moved(raw["end"], shift_s),
                lag_ms=int(raw["lag_ms"]),
                channel=channel,
                raw=raw,
            )
        case "final":
            return _final(raw, shift_s, shift_id)
        case "speech_start":
            return SpeechStart(_moved(raw["t"], shift_s), channel, raw)
        case "speech_end":
            return SpeechEnd(_moved(raw["t"], shift_s), channel, raw)
        case "warning":
            return Warning(str(raw["code"]), str(raw["message"]), raw)
        case "error":
            return Error(str(raw["code"]), str(raw["message"]), raw)
        case "end":
            return End(str(raw["reason"]), float(raw["audio_s"]), int(raw["finals"]), raw)
        case "ready":
            return Ready(
                session=str(raw["session"]),
                model=str(raw["model"]),
                language=str(raw["language"]),
                ignored=tuple(str(key) for key in raw["ignored"]),
                resumed=raw.get("resumed") is True,
                raw=raw,
            )
    return None


def _moved(seconds: float, shift_s: float) -> float:
    """A time on the stream's clock, rounded to microseconds to remove rounding errors."""
    return round(float(seconds) + shift_s, 6)


def _final(raw: Raw, shift_s: float, shift_id: int) -> Final:
    words = raw.get("words")
    return Final(
        text=str(raw["text"]),
        id=int(raw["id"]) + shift_id,
        start=_moved(raw["start"], shift_s),
        end=_moved(raw["end"], shift_s),
        language=str(raw["language"]),
        confidence=float(raw["confidence"]),
        words=None if words is None else tuple(_word(word, shift_s) for word in words),
        endpoint=bool(raw["endpoint"]),
        flush=bool(raw["flush"]),
        lag_ms=int(raw["lag_ms"]),
        channel=raw.get("channel"),
        raw=raw,
        speaker=raw.get("speaker"),
    )


def _word(raw: Raw, shift_s: float) -> Word:
    return Word(
        word=str(raw["word"]),
        start=_moved(raw["start"], shift_s),
        end=_moved(raw["end"], shift_s),
        probability=float(raw["probability"]),
    )
