"""Connections on which nothing is asked yet: bounded, and the oldest goes when there are too many.

Who opens sockets and says nothing costs a file descriptor each, and with the last of them every
port of the process is shut. Newcomers cannot be told from them before they have spoken, so it is
not they who are turned away. Used on the event loop alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from realtime.server.addresses import place_of

log = structlog.get_logger(__name__)

MOST_IDLE = 500
"""Of all listeners of a process together: half of what one takes."""
MOST_OF_AN_ADDRESS = 200
"""A proxy, whose address everyone has, keeps some dozens open between two requests."""
SAY_EVERY_S = 60.0


class IdleConnections:
    """`enter` with what hangs up, `leave` when a request has come."""

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
        """What hangs up → whose it is, oldest first."""
        self._by_address: dict[str, dict[Callable[[], None], None]] = {}
        self._closed = 0
        """Since the last line in the log."""
        self._say_at = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, hang_up: Callable[[], None], address: str) -> None:
        """A connection waits from now on; calls `hang_up` of another one where it is too many."""
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
        """It has asked for something, or is closed. Harmless when repeated."""
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
