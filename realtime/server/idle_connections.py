"""Limits connections without a request: where there are too many, the oldest one is closed.

Each idle connection holds a file descriptor, and when these run out, every port of the process is
blocked. A new connection cannot be told from an idle one before it sends something, so the oldest
is closed, not the newest. Used on the event loop alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from realtime.server.addresses import place_of

log = structlog.get_logger(__name__)

MOST_IDLE = 500
"""For all listeners of a process together: half of what one listener accepts."""
MOST_OF_AN_ADDRESS = 200
"""Per client address. A proxy, whose address all of its clients have, keeps some dozens open
between requests."""
SAY_EVERY_S = 60.0


class IdleConnections:
    """Call `enter` with the function that closes a connection, and `leave` when its request
    comes."""

    def __init__(
        self,
        most: int = MOST_IDLE,
        most_of_an_address: int = MOST_OF_AN_ADDRESS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._most_of_an_address = most_of_an_address
        self._clock = clock
        self._waiting: dict[Callable[[], None], str] = {}
        """Function that closes a connection → its client, as `place_of` names it; oldest first."""
        self._by_address: dict[str, dict[Callable[[], None], None]] = {}
        self._closed = 0
        """Connections closed since the last log line."""
        self._say_at = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, hang_up: Callable[[], None], address: str) -> None:
        """Add an idle connection; where there are too many then, close the oldest one."""
        group = place_of(address)
        self._waiting[hang_up] = group
        ours = self._by_address.setdefault(group, {})
        ours[hang_up] = None
        if len(ours) > self._most_of_an_address:
            self._send_away(next(iter(ours)), group)
        elif len(self._waiting) > self._most:
            oldest, whose = next(iter(self._waiting.items()))
            self._send_away(oldest, whose)

    def leave(self, hang_up: Callable[[], None]) -> None:
        """Remove a connection that has sent a request or was closed. Repeated calls are
        harmless."""
        group = self._waiting.pop(hang_up, None)
        if group is None:
            return
        ours = self._by_address[group]
        del ours[hang_up]
        if not ours:
            del self._by_address[group]

    def _send_away(self, hang_up: Callable[[], None], group: str) -> None:
        self.leave(hang_up)
        self._closed += 1
        now = self._clock()
        if now >= self._say_at:
            log.warning(
                "connections.idle_closed",
                address=group,
                connections=self._closed,
                hint="too many connections are open without a request: the oldest ones are closed",
            )
            self._closed, self._say_at = 0, now + SAY_EVERY_S
        hang_up()
