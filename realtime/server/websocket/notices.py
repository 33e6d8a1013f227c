"""Keeps the same warning from being sent to a connection all the time. Pure."""

from __future__ import annotations

REPEAT_S = 10.0
"""Time after which a warning that still holds is repeated."""


class Notices:
    """Remembers when each warning was sent."""

    def __init__(self) -> None:
        self._said_at: dict[str, float] = {}

    def due(self, key: str, now: float) -> bool:
        """Whether `key` may be sent at `now`, in monotonic seconds; it then counts as sent."""
        said_at = self._said_at.get(key)
        if said_at is not None and now - said_at < REPEAT_S:
            return False
        self._said_at[key] = now
        return True
