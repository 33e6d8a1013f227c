"""The server's own protocol: one JSON object per message, each with the key `text`.

Client to server: `decode`. Server to client: `ready`, `event`, `warning`, `error`, `pong`, `end`.
`realtime.wire.native_dialect` makes a dialect of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import orjson

from realtime.errors import BadMessage, DecodeFailed, RealtimeError
from realtime.session import events
from realtime.types import Word
from realtime.wire.messages import (
    Ack,
    Clear,
    ClientMessage,
    End,
    Flush,
    Greeting,
    KeepAlive,
    Ping,
    Start,
)
from realtime.wire.texts import Language, sentence, warning_sentence

PROTOCOL: Final = 1
END_WORDS: Final = frozenset({"END_OF_AUDIO", "EOS"})
"""Sent at the end by clients of other servers, as text or as bytes."""
_END_BYTES: Final = frozenset(word.encode() for word in END_WORDS)
_MAX_PING_ID = 256  # characters of an id that a pong repeats
_MAX_DEPTH = 32
"""Deepest nesting of a message, whose options are values and lists of values. orjson itself accepts
a thousand levels, too many for the recursive functions that process the message."""
_EXAMPLE = '{"type":"flush"}'


_PLAIN: Final[Mapping[str, ClientMessage]] = {
    "flush": Flush(),
    "Finalize": Flush(),
    "end": End(),
    "CloseStream": End(),
    "clear": Clear(),
    "keepalive": KeepAlive(),
    "KeepAlive": KeepAlive(),
}


def decode(message: str | bytes) -> ClientMessage | None:
    """Decode a client's message; None: the bytes are audio.

    Raises `BadMessage` for a text that is no JSON object, or whose type is not known.
    """
    if not isinstance(message, str):
        return End() if len(message) <= 12 and bytes(message) in _END_BYTES else None
    if len(message) <= 64 and message.strip() in END_WORDS:
        return End()
    try:
        value = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise BadMessage(
            f"A text message must be a JSON object such as {_EXAMPLE}; audio is sent as binary."
        ) from None
    if not isinstance(value, dict) or _deeper(value, _MAX_DEPTH):
        raise BadMessage(f"A text message must be a JSON object such as {_EXAMPLE}.")
    return _message(value)


def _deeper(value: object, most: int) -> bool:
    """Whether lists and objects are nested more than `most` levels deep."""
    if not isinstance(value, dict | list):
        return False
    if most == 0:
        return True
    inside = value.values() if isinstance(value, dict) else value
    return any(_deeper(item, most - 1) for item in inside)


def _message(value: dict[str, Any]) -> ClientMessage:
    """The message that a JSON object represents."""
    kind = value.get("type")
    if kind is None and value.get("eof"):
        return End()
    if not isinstance(kind, str):
        raise BadMessage(f"A message needs a type, as in {_EXAMPLE}.")
    plain = _PLAIN.get(kind)
    if plain is not None:
        return plain
    match kind:
        case "start":
            return Start({key: item for key, item in value.items() if key != "type"})
        case "ping":
            return Ping(_ping_id(value.get("id")))
        case "ack":
            return Ack(_seq(value.get("seq")))
    shown = kind if len(kind) <= 40 else kind[:40] + "…"
    raise BadMessage(
        f"The type {shown!r} is not known: use start, flush, end, clear, keepalive, ping or ack."
    )


def _ping_id(value: object) -> str | int | float | None:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str) and len(value) <= _MAX_PING_ID:
        return value
    raise BadMessage(
        f"A ping's id must be a number or a text of at most {_MAX_PING_ID} characters."
    )


def _seq(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise BadMessage('An ack needs the seq of a final, as in {"type":"ack","seq":42}.')


def ready(greeting: Greeting) -> str:
    """The first message of every connection."""
    config, limits, resumed = greeting.config, greeting.limits, greeting.resumed
    message: dict[str, Any] = {
        "type": "ready",
        "text": "",
        "session": greeting.session,
        "protocol": PROTOCOL,
        "sample_rate": config.rate,
        "encoding": config.encoding,
        "model": greeting.model,
        "language": config.language or "auto",
        **({"languages": list(config.languages)} if config.languages else {}),
        **({"voices_known": greeting.voices_known} if greeting.voices_known else {}),
        "limits": asdict(limits),
        "ignored": list(config.ignored),
    }
    if resumed is not None:
        sent, received = resumed.finals_sent, resumed.samples_received
        message |= {"resumed": True, "samples_received": received, "finals_sent": sent}
        if resumed.bytes_received is not None:
            message["bytes_received"] = resumed.bytes_received
    return _line(message)


def event(
    happened: events.SpeechStarted
    | events.SpeechEnded
    | events.Partial
    | events.Final
    | events.Failed,
    seq: int,
    channel: int | None = None,
    language: Language = "en",
) -> str:
    """The message for a session's event. `seq` numbers the partials and finals of a stream.

    `channel` (0 …) only with `multichannel`. `language`: of sentences for people. `Ended` has its
    own function, `end`.
    """
    match happened:
        case events.SpeechStarted(t):
            message: dict[str, Any] = {"type": "speech_start", "text": "", "t": _rounded(t)}
        case events.SpeechEnded(t):
            message = {"type": "speech_end", "text": "", "t": _rounded(t)}
        case events.Partial():
            message = _partial(happened, seq)
        case events.Final():
            message = _final(happened, seq)
        case _:
            failure = DecodeFailed(happened.message, id=happened.id)
            message = _error(failure, fatal=False, language=language)
    if channel is not None:
        message["channel"] = channel
    return _line(message)


def _partial(partial: events.Partial, seq: int) -> dict[str, Any]:
    return {
        "type": "partial",
        "text": partial.text,
        "stable": partial.stable,
        "id": partial.id,
        "seq": seq,
        "start": _rounded(partial.start),
        "end": _rounded(partial.end),
        "lag_ms": partial.lag_ms,
    }


def _final(final: events.Final, seq: int) -> dict[str, Any]:
    message: dict[str, Any] = {
        "type": "final",
        "text": final.text,
        "id": final.id,
        "seq": seq,
        "start": _rounded(final.start),
        "end": _rounded(final.end),
        "language": final.language,
        "language_probability": _rounded(final.language_probability),
        "confidence": _rounded(final.confidence),
    }
    if final.diarized:
        message["speaker"] = final.speaker
    if final.words is not None:
        message["words"] = [_word(word, final.diarized) for word in final.words]
    message["endpoint"] = final.endpoint
    message["flush"] = final.flush
    message["lag_ms"] = final.lag_ms
    return message


def _word(word: Word, diarized: bool) -> dict[str, Any]:
    shown = {
        "word": word.text.strip(),
        "start": _rounded(word.start_s),
        "end": _rounded(word.end_s),
        "probability": _rounded(word.probability),
    }
    return {**shown, "speaker": word.speaker} if diarized else shown


def warning(
    code: str,
    message: str,
    details: Mapping[str, object] | None = None,
    language: Language = "en",
) -> str:
    """Something the client should know; `details` are further keys, such as `lag_ms`."""
    shown = warning_sentence(code, message, details or {}, language)
    fixed = {"type": "warning", "text": "", "code": code, "message": shown}
    return _line({**fixed, **(details or {}), **fixed})


def error(failure: RealtimeError, *, fatal: bool, language: Language = "en") -> str:
    """What went wrong; `fatal`: the connection is closed next."""
    return _line(_error(failure, fatal=fatal, language=language))


def _error(failure: RealtimeError, *, fatal: bool, language: Language) -> dict[str, Any]:
    fixed: dict[str, Any] = {
        "type": "error",
        "text": "",
        "code": failure.code,
        "message": sentence(failure, language),
        "fatal": fatal,
    }
    if failure.retry_after_s is not None:
        fixed["retry_after_s"] = _rounded(failure.retry_after_s)
    return {**fixed, **failure.details, **fixed}


def pong(id: str | int | float | None) -> str:
    """The answer to a ping."""
    return _line({"type": "pong", "text": "", "id": id})


def end(reason: str, audio_s: float, finals: int) -> str:
    """The last message. `audio_s`: seconds of audio received; `finals`: how many were sent."""
    return _line(
        {
            "type": "end",
            "text": "",
            "reason": reason,
            "audio_s": _rounded(audio_s),
            "finals": finals,
        }
    )


def _rounded(value: float) -> float:
    """Seconds to the millisecond, probabilities to three digits; 0.0 for what is not finite."""
    return round(float(value), 3) if math.isfinite(value) else 0.0


def _line(message: Mapping[str, Any]) -> str:
    """One JSON object and a newline."""
    try:
        return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE).decode()
    except orjson.JSONEncodeError:
        # Lone surrogates, integers over 64 bits, odd types in an error's details.
        return orjson.dumps(_plain(message), option=orjson.OPT_APPEND_NEWLINE).decode()


def _plain(value: object) -> object:
    """The value, converted to what JSON can represent."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else float(value) if abs(value) < 2**1000 else 0
    if isinstance(value, float):
        return value if math.isfinite(value) else 0.0
    if isinstance(value, Mapping):
        return {str(_plain(str(key))): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return _plain(str(value))
