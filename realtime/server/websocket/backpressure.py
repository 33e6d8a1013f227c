"""Warns one connection, and delays its audio, when the model does not keep up."""

from __future__ import annotations

from realtime.live.stream import Stream
from realtime.live.throttle import BACKLOG_S, IntakeThrottle
from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.sender import Sender


class Backpressure:
    """All times are monotonic seconds."""

    def __init__(self, stream: Stream, sender: Sender, options: ConnectionOptions) -> None:
        self._now = options.clock
        self._stream = stream
        self._sender = sender
        self._throttle = IntakeThrottle(options.max_backlog_s, stream.audio_s, self._now())
        self._dropped_said = stream.dropped_partials

    @property
    def due(self) -> bool:
        """The client must be warned, or its audio must wait."""
        stream = self._stream
        return stream.lag_s > BACKLOG_S or stream.dropped_partials > self._dropped_said

    def took(self, size: int) -> None:
        """`size` bytes were taken in: warn the client if the stream fell behind."""
        stream, sender = self._stream, self._sender
        if stream.dropped_partials > self._dropped_said and sender.warn(
            "dropped_partials", "The model is busy: partials come less often."
        ):
            self._dropped_said = stream.dropped_partials
        lag_s = stream.lag_s
        if lag_s > BACKLOG_S:
            sender.warn("backlog", f"behind by {lag_s:.1f} s", {"lag_ms": round(lag_s * 1000)})
        self._throttle.took(size, stream.audio_s, lag_s, self._now())

    def wait_s(self, now: float) -> float:
        """How long to take in nothing more; 0: go on; infinite: until the model progresses."""
        return self._throttle.wait_s(self._stream.lag_s, now)
