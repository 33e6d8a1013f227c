"""The interface of protocols for live streams. Pure: bytes and texts to messages, and back.

A dialect is one file beside this one, and one line in `realtime.wire.dialects`. The server, the
outbox and the clock know only messages and events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from realtime.errors import RealtimeError
from realtime.session.events import Event
from realtime.wire.messages import ClientMessage, Greeting
from realtime.wire.texts import Language

Messages: TypeAlias = Sequence[str | bytes]
"""Sent in this order, as text or binary; empty where a protocol has no such message."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a connection before its upgrade."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By name in lower case."""


class Codec(Protocol):
    """Reads and writes the messages of one stream, which outlives its connections. May keep state.

    Called from the model's threads too, one call at a time.
    """

    def decode(self, message: str | bytes) -> ClientMessage | bytes:
        """Decode a client's message; → bytes if it is audio. Raises BadMessage."""

    def ready(self, greeting: Greeting) -> Messages:
        """The first messages of every connection, sent again after options were changed."""

    def event(self, happened: Event, seq: int, channel: int | None = None) -> Messages:
        """An event of a session. `seq` numbers partials and finals; `channel` (0 …): if several."""

    def warning(
        self, code: str, message: str, details: Mapping[str, object] | None = None
    ) -> Messages:
        """Something the client should know."""

    def error(self, failure: RealtimeError, *, fatal: bool) -> Messages:
        """What went wrong; `fatal`: the connection is closed next."""

    def pong(self, id: str | int | float | None) -> Messages:
        """The answer to a `Ping`."""

    def end(self, reason: str, audio_s: float, finals: int) -> Messages:
        """The last messages of a stream. `reason`: client, idle, drain or max_session."""


class Dialect(Protocol):
    """A protocol: its paths, what its handshake may request, how it refuses and closes."""

    @property
    def name(self) -> str: ...

    @property
    def paths(self) -> AbstractSet[str]:
        """Paths that it serves. No path has two dialects."""

    def options(self, opening: Opening) -> Mapping[str, object]:
        """Options of the stream (`wire.config.parse_config`) that the handshake requests. Raises
        BadOption."""

    def subprotocol(self, offered: Sequence[str]) -> str | None:
        """The one of the client's subprotocols to select, if any."""

    def refusal(self, error: RealtimeError, language: Language = "en") -> bytes:
        """The JSON body of the response that refuses an upgrade. `language`: of its sentences."""

    def close_code(self, reason: str) -> int:
        """Close code of a connection that ends normally; reasons as in `Codec.end`."""

    def failure_code(self, error: RealtimeError) -> int:
        """Close code of a connection that ends with an error."""

    def codec(self, language: Language = "en") -> Codec:
        """A codec for a new stream. `language`: of its sentences for people."""
