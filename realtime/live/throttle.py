"""Limits how fast one stream's audio is taken in. Pure: the caller passes the time and the lag.

Audio that arrives in real time is not slowed down. A stream that is sent faster is read more slowly
while the model lags behind it, and not at all while it lags too far. No stream may occupy the
detectors that others wait for, even if all of it is silence, which no model ever receives.
"""

from __future__ import annotations

BACKLOG_S = 30.0
"""Lag beyond which the client is warned and its audio read more slowly."""
SLOW_PACE = 384 << 10
"""Bytes read per second beyond that lag, six times what float32 needs. Pings come over the same
socket and wait behind what its buffers hold, at most 3 MB where the client is on the same machine.
So they are answered within 10 s; clients usually wait 20 s."""
INTAKE_PACE = 40.0
"""Seconds of audio taken in per second. The detector, 4 ms for each, needs a seventh of a core."""
INTAKE_BURST_S = 60.0
"""Seconds of audio that may exceed that pace and are taken in as fast as they arrive."""


class IntakeThrottle:
    """Throttles one connection. All times are monotonic seconds."""

    def __init__(self, max_backlog_s: float, audio_s: float, now: float) -> None:
        """`audio_s`: seconds of audio that the stream received before."""
        self._max_backlog_s = max_backlog_s
        self._audio_s = audio_s
        self._at = now
        self._owed_s = 0.0
        """Seconds of audio taken in beyond the pace."""
        self._slow_until = 0.0

    def took(self, size: int, audio_s: float, lag_s: float, now: float) -> None:
        """`size` bytes were taken in; the stream now has `audio_s` of audio and lags `lag_s`."""
        self._owed_s = max(0.0, self._owed_s - (now - self._at) * INTAKE_PACE)
        self._owed_s += max(0.0, audio_s - self._audio_s)
        self._audio_s, self._at = audio_s, now
        self._slow_until = now + size / SLOW_PACE if lag_s > BACKLOG_S else 0.0

    def wait_s(self, lag_s: float, now: float) -> float:
        """How long to take in nothing more; 0: go on; infinite: until the model progresses."""
        if lag_s > BACKLOG_S and lag_s >= self._max_backlog_s:
            return float("inf")
        slow_s = self._slow_until - now if lag_s > BACKLOG_S else 0.0
        pace_s = (self._owed_s - INTAKE_BURST_S) / INTAKE_PACE - (now - self._at)
        return max(0.0, slow_s, pace_s)
