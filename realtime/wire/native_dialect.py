"""The server's own protocol as a dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from realtime.errors import RealtimeError
from realtime.session import events
from realtime.wire import native
from realtime.wire.base import Opening
from realtime.wire.messages import ClientMessage, Greeting
from realtime.wire.texts import Language, error_detail


class NativeCodec:
    """Keeps no state: one serves all streams of its language."""

    def __init__(self, language: Language = "en") -> None:
        self._language = language

    def decode(self, message: str | bytes) -> ClientMessage | bytes:
        decoded = native.decode(message)
        if decoded is not None:
            return decoded
        assert isinstance(message, bytes), "a text is no audio"
        return message

    def ready(self, greeting: Greeting) -> tuple[str, ...]:
        return (native.ready(greeting),)

    def event(
        self, happened: events.Event, seq: int, channel: int | None = None
    ) -> tuple[str, ...]:
        # The stream sends `end` when all its channels have ended.
        return (
            ()
            if isinstance(happened, events.Ended)
            else (native.event(happened, seq, channel, self._language),)
        )

    def warning(
        self, code: str, message: str, details: Mapping[str, object] | None = None
    ) -> tuple[str, ...]:
        return (native.warning(code, message, details, self._language),)

    def error(self, failure: RealtimeError, *, fatal: bool) -> tuple[str, ...]:
        return (native.error(failure, fatal=fatal, language=self._language),)

    def pong(self, id: str | int | float | None) -> tuple[str, ...]:
        return (native.pong(id),)

    def end(self, reason: str, audio_s: float, finals: int) -> tuple[str, ...]:
        return (native.end(reason, audio_s, finals),)


class NativeDialect:
    """See `Dialect`."""

    name = "native"
    paths = frozenset({"/", "/ws", "/v1/stream"})

    def options(self, opening: Opening) -> Mapping[str, object]:
        """The query's fields, unchecked; a `start` message may set the same options later."""
        return opening.query

    def subprotocol(self, offered: Sequence[str]) -> str | None:
        """The first: a browser drops a connection if none of its subprotocols is selected."""
        return offered[0] if offered else None

    def refusal(self, error: RealtimeError, language: Language = "en") -> bytes:
        """The error in the format of the HTTP API's errors."""
        return orjson.dumps({"detail": error_detail(error, language)}) + b"\n"

    def close_code(self, reason: str) -> int:
        return CLOSE_CODES[reason]

    def failure_code(self, error: RealtimeError) -> int:
        return error.close_code

    def codec(self, language: Language = "en") -> NativeCodec:
        return _CODECS[language]


CLOSE_CODES: Final[Mapping[str, int]] = {
    "client": 1000,
    "idle": 1000,
    "drain": 1012,
    "max_session": 1008,
}
"""Reason of `end` → close code."""
_CODECS: Final[Mapping[Language, NativeCodec]] = {
    "ko": NativeCodec("ko"),
    "en": NativeCodec("en"),
}
NATIVE: Final = NativeDialect()
