"""Keeps a connection from being told the same thing all the time. Pure."""

from __future__ import annotations

REPEAT_S = 10.0
"""A warning that still holds is repeated after so long."""


class Notices:
    """What was said when."""

    def __init__(self) -> None:
        self._said_at: dict[str, float] = {}

    def due(self, key: str, now: float) -> bool:
        """Whether `key` may be said at `now`, in monotonic seconds; it then counts as said."""
        said_at = self._said_at.get(key)
        if said_at is not None and now - said_at < REPEAT_S:
            return False
        self._said_at[key] = now
        return True
