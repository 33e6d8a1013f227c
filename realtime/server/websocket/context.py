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
from realtime.wire.messages import Greeting, Limits, Resumed


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """Limits of every connection."""

    max_message_bytes: int = 16 << 20
    max_session_s: float = 14_400.0
    first_audio_s: float = 60.0
    """Who sends neither audio nor a message for so long is closed; 0: never."""
    max_backlog_s: float = 600.0
    """Beyond it nothing is read until the model has caught up, and pings wait as well."""
    ping_interval_s: float = 20.0
    """0: no pings."""
    ping_timeout_s: float = 20.0
    """0: for ever."""
    send_timeout_s: float = 60.0
    """0: a message may wait for ever."""
    clock: Callable[[], float] = time.monotonic
    """Monotonic seconds, by which audio arrives and limits of time are reached."""
    ping_clock: Callable[[], float] = time.monotonic
    """The same for pings and their answers."""

    def stream_clock(self, stream: Stream) -> StreamClock:
        """What these limits demand of a stream that is connected now."""
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
    """Where audio is taken in."""
    options: ConnectionOptions

    def greet(self, stream: Stream, resumed: Resumed | None) -> Messages:
        """Where the stream stands, and what holds for it: what its client is told first."""
        limits = Limits(self.options.max_message_bytes, int(self.options.max_session_s))
        model, known = self.engine.info.model, stream.voices_known
        greeting = Greeting(stream.id, stream.config, model, limits, resumed, known)
        return stream.codec.ready(greeting)
