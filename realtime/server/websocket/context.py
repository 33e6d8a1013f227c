"""What all connections of a server share."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from realtime.engine.engine import Engine
from realtime.live.clock import StreamClock, TimeLimits
from realtime.live.configure import Configurator
from realtime.live.stream import Stream
from realtime.wire.base import Messages
from realtime.wire.messages import Greeting, MessageLimits, Resumed


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """Limits of every connection."""

    max_message_bytes: int = 16 << 20
    max_session_s: float = 14_400.0
    first_audio_s: float = 60.0
    """A client that sends neither audio nor a message for so long is closed; 0: never."""
    max_backlog_s: float = 600.0
    """Lag beyond which nothing is read until the model has caught up; pings wait as well."""
    ping_interval_s: float = 20.0
    """0: no pings."""
    ping_timeout_s: float = 20.0
    """0: no limit."""
    send_timeout_s: float = 60.0
    """How long a message may wait to be sent; 0: no limit."""
    clock: Callable[[], float] = time.monotonic
    """Monotonic seconds, for the arrival of audio and for time limits."""
    ping_clock: Callable[[], float] = time.monotonic
    """The same for pings and their answers."""

    def stream_clock(self, stream: Stream) -> StreamClock:
        """The clock that applies these limits to a stream that is connected now."""
        config = stream.config
        limits = TimeLimits(
            config.idle_flush_ms / 1000,
            config.idle_close_ms / 1000,
            self.max_session_s,
            0.0 if stream.has_audio else self.first_audio_s,
        )
        return StreamClock(limits, stream.opened_at, self.clock())


@dataclass(frozen=True, slots=True)
class ConnectionContext:
    """See the module."""

    engine: Engine
    configurator: Configurator
    executor: Executor
    """Runs the intake of audio."""
    options: ConnectionOptions

    def greet(self, stream: Stream, resumed: Resumed | None) -> Messages:
        """The first messages to a client: the stream's options, limits, and position if resumed."""
        limits = MessageLimits(self.options.max_message_bytes, int(self.options.max_session_s))
        model, known = self.engine.info.model, stream.voices_known
        greeting = Greeting(stream.id, stream.config, model, limits, resumed, known)
        return stream.codec.ready(greeting)
