"""Messages of live streams in no particular dialect: a client's, and the server's greeting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from realtime.wire.config import StreamConfig


@dataclass(frozen=True, slots=True)
class Start:
    """Options of the stream, not yet checked (`wire.config.parse_config`)."""

    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flush:
    """Finalise now, stay open."""


@dataclass(frozen=True, slots=True)
class End:
    """Finalise, send `end`, close."""


@dataclass(frozen=True, slots=True)
class Clear:
    """Drop what is not yet final."""


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Nothing but a sign of life."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Must be answered by `pong` with the same id."""

    id: str | int | float | None


@dataclass(frozen=True, slots=True)
class Ack:
    """Every final up to `seq` has arrived."""

    seq: int


ClientMessage: TypeAlias = Start | Flush | End | Clear | KeepAlive | Ping | Ack


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """Limits that `ready` states."""

    max_message_bytes: int
    max_session_s: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """How much of a resumed session was received and sent."""

    samples_received: int
    """Per channel, at the client's own rate: the client sends from there on."""
    finals_sent: int
    bytes_received: int | None = None
    """The same position in bytes, for `encoding=auto`, where bytes are not samples."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the first message of a connection says."""

    session: str
    """Id of the stream."""
    config: StreamConfig
    model: str
    limits: MessageLimits
    resumed: Resumed | None = None
    voices_known: int = 0
    """Number of speakers known from `voices_from`."""
