"""What a protocol of live streams is. Pure: bytes and texts in, messages out, and back.

A dialect is one file beside this one, and one line in `realtime.wire.dialects`. The server, the
outbox and the clock know messages and events only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from realtime.errors import RealtimeError
from realtime.session.events import Event
from realtime.wire.messages import ClientMessage, Greeting

Messages: TypeAlias = Sequence[str | bytes]
"""To be sent in this order, as texts or binary; none where a protocol has no such message."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a connection before its upgrade."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By names in lower case."""


class Codec(Protocol):
    """The messages of one stream, which outlives its connections. May keep state.

    Called from the model's threads too, one call at a time.
    """

    def decode(self, message: str | bytes) -> ClientMessage | bytes:
        """One message of a client; bytes: audio. Raises BadMessage."""

    def ready(self, greeting: Greeting) -> Messages:
        """First of all, on every connection, and after options were changed."""

    def event(self, happened: Event, seq: int, channel: int | None = None) -> Messages:
        """What a session said. `seq` numbers partials and finals; `channel` (0 …): of several."""

    def warning(
        self, code: str, message: str, details: Mapping[str, object] | None = None
    ) -> Messages:
        """Something the client should know."""

    def error(self, failure: RealtimeError, *, fatal: bool) -> Messages:
        """What went wrong; `fatal`: the connection is closed next."""

    def pong(self, id: str | int | float | None) -> Messages:
        """The answer to a `Ping`."""

    def end(self, reason: str, audio_s: float, finals: int) -> Messages:
        """Last of all. `reason`: client, idle, drain or max_session."""


class Dialect(Protocol):
    """A protocol: where it is spoken, what its handshake asks for, how it says no."""

    @property
    def name(self) -> str: ...

    @property
    def paths(self) -> AbstractSet[str]:
        """Where it is spoken. No path has two dialects."""

    def options(self, opening: Opening) -> Mapping[str, object]:
        """Options of the stream (`wire.config.parse_config`) that the handshake asks for. Raises
        BadOption."""

    def subprotocol(self, offered: Sequence[str]) -> str | None:
        """Which of the client's subprotocols is answered."""

    def refusal(self, error: RealtimeError) -> bytes:
        """The body, JSON, of an upgrade that is refused."""

    def close_code(self, reason: str) -> int:
        """Of a connection that ends in good order; reasons as in `Codec.end`."""

    def failure_code(self, error: RealtimeError) -> int:
        """Of a connection that ends with an error."""

    def codec(self) -> Codec:
        """For a new stream."""
