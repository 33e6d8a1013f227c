"""The time limits of a stream: what is due, and when. Pure: the caller passes the time.

All times are seconds of one monotonic clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

SOON_S = 60.0
"""How long before a limit it is announced, but at most a fifth of the limit."""


class Due(Enum):
    """An action that a time limit demands."""

    FLUSH = auto()
    """No audio arrived for `idle_flush_s`: finalise the open utterance."""
    IDLE_SOON = auto()
    IDLE_CLOSE = auto()
    SILENT_CLOSE = auto()
    """No audio ever arrived, and no message for `first_audio_s`."""
    SESSION_SOON = auto()
    SESSION_END = auto()


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """In seconds. 0 means no limit, except for `session_s`."""

    idle_flush_s: float
    idle_close_s: float
    session_s: float
    first_audio_s: float = 0.0


class StreamClock:
    """Reports each action once; the idle ones again after a sign of life."""

    def __init__(self, limits: TimeLimits, opened_at: float, now: float) -> None:
        """`opened_at`: when the stream began, perhaps on an earlier connection."""
        self._limits = limits
        self._session_end = opened_at + limits.session_s
        self._session_soon_at = self._session_end - _soon(limits.session_s)
        self._session_done: set[Due] = set()
        self._close_at = self._idle_soon_at = self._flush_at = math.inf
        self._has_audio = limits.first_audio_s <= 0
        self._silent_at = math.inf
        self.alive(now)

    def audio(self, now: float) -> None:
        """Audio arrived."""
        self._has_audio = True
        self._silent_at = math.inf
        if self._limits.idle_flush_s:
            self._flush_at = now + self._limits.idle_flush_s
        self.alive(now)

    def alive(self, now: float) -> None:
        """The client gave a sign of life: the idle close is put off, the flush is not."""
        idle_s = self._limits.idle_close_s
        if idle_s:
            self._close_at = now + idle_s
            self._idle_soon_at = self._close_at - _soon(idle_s)
        self.message(now)

    def message(self, now: float) -> None:
        """A message arrived: the client is there and may still send audio."""
        if not self._has_audio:
            self._silent_at = now + self._limits.first_audio_s

    def next_due(self) -> float:
        """When `due` will next return something; infinite: never."""
        return min(at for at, _ in self._plan())

    def due(self, now: float) -> list[Due]:
        """The actions that are due by now, in order of time; each is returned once."""
        found = sorted(
            ((at, what) for at, what in self._plan() if at <= now), key=lambda item: item[0]
        )
        for _, what in found:
            self._mark_done(what)
        return [what for _, what in found]

    def idle_left_s(self, now: float) -> float:
        """Seconds until the stream is closed because it is idle."""
        return max(0.0, self._close_at - now)

    def session_left_s(self, now: float) -> float:
        """Seconds until the stream reaches its longest duration."""
        return max(0.0, self._session_end - now)

    def _plan(self) -> list[tuple[float, Due]]:
        plan = [
            (self._flush_at, Due.FLUSH),
            (self._idle_soon_at, Due.IDLE_SOON),
            (self._close_at, Due.IDLE_CLOSE),
            (self._silent_at, Due.SILENT_CLOSE),
        ]
        if Due.SESSION_SOON not in self._session_done:
            plan.append((self._session_soon_at, Due.SESSION_SOON))
        if Due.SESSION_END not in self._session_done:
            plan.append((self._session_end, Due.SESSION_END))
        return plan

    def _mark_done(self, what: Due) -> None:
        match what:
            case Due.FLUSH:
                self._flush_at = math.inf
            case Due.IDLE_SOON:
                self._idle_soon_at = math.inf
            case Due.IDLE_CLOSE:
                self._close_at = math.inf
            case Due.SILENT_CLOSE:
                self._silent_at = math.inf
            case _:
                self._session_done.add(what)


def _soon(limit_s: float) -> float:
    """How long before a limit it is announced."""
    return min(SOON_S, limit_s / 5)
