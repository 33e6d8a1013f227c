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


class NativeCodec:
    """Keeps no state: one serves all streams."""

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
        return () if isinstance(happened, events.Ended) else (native.event(happened, seq, channel),)

    def warning(
        self, code: str, message: str, details: Mapping[str, object] | None = None
    ) -> tuple[str, ...]:
        return (native.warning(code, message, details),)

    def error(self, failure: RealtimeError, *, fatal: bool) -> tuple[str, ...]:
        return (native.error(failure, fatal=fatal),)

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

    def refusal(self, error: RealtimeError) -> bytes:
        """The error in the format of the HTTP API's errors."""
        detail = {
            **error.details,
            "code": error.code,
            "error": error.code,
            "message": error.message,
        }
        return orjson.dumps({"detail": detail}, default=str) + b"\n"

    def close_code(self, reason: str) -> int:
        return CLOSE_CODES[reason]

    def failure_code(self, error: RealtimeError) -> int:
        return error.close_code

    def codec(self) -> NativeCodec:
        return _CODEC


CLOSE_CODES: Final[Mapping[str, int]] = {
    "client": 1000,
    "idle": 1000,
    "drain": 1012,
    "max_session": 1008,
}
"""Reason of `end` → close code."""
_CODEC: Final = NativeCodec()
NATIVE: Final = NativeDialect()
