"""How fast one stream's audio is taken in. Pure: the caller brings the time and where it stands.

Audio that comes live never feels it. A stream that was sent ahead is read more slowly when the
model is behind it, and not at all when that is too far; and no stream may keep the detectors busy
that others wait for, even where all of it is silence, which no model ever sees.
"""

from __future__ import annotations

BACKLOG_S = 30.0
"""Behind by more than this: say so, and read more slowly."""
SLOW_PACE = 384 << 10
"""Bytes a second that are then read, six times what float32 needs. Pings come over the same socket
and wait behind what its buffers hold, at most 3 MB where the client is on the same machine. So they
are answered within 10 s, of the 20 s for which clients usually wait."""
INTAKE_PACE = 40.0
"""Seconds of audio a second: a seventh of a core for the detector, 4 ms for each."""
INTAKE_BURST_S = 60.0
"""Taken in as fast as it comes, now and then."""


class IntakeThrottle:
    """One connection's. Monotonic seconds throughout."""

    def __init__(self, max_backlog_s: float, audio_s: float, now: float) -> None:
        """`audio_s`: what the stream has received before."""
        self._max_backlog_s = max_backlog_s
        self._audio_s = audio_s
        self._at = now
        self._owed_s = 0.0
        """Audio beyond the pace."""
        self._slow_until = 0.0

    def took(self, size: int, audio_s: float, lag_s: float, now: float) -> None:
        """So many bytes were taken in; the stream has so much audio now, and is so far behind."""
        self._owed_s = max(0.0, self._owed_s - (now - self._at) * INTAKE_PACE)
        self._owed_s += max(0.0, audio_s - self._audio_s)
        self._audio_s, self._at = audio_s, now
        self._slow_until = now + size / SLOW_PACE if lag_s > BACKLOG_S else 0.0

    def wait_s(self, lag_s: float, now: float) -> float:
        """How long nothing more should be taken in, 0: go on; infinite: until the model gets on."""
        if lag_s > BACKLOG_S and lag_s >= self._max_backlog_s:
            return float("inf")
        slow_s = self._slow_until - now if lag_s > BACKLOG_S else 0.0
        pace_s = (self._owed_s - INTAKE_BURST_S) / INTAKE_PACE - (now - self._at)
        return max(0.0, slow_s, pace_s)
