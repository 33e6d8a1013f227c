"""Finds out that a client is gone though its connection was never closed.

The library's own keepalive would do, but for one case: where the server reads a far too fast client
slowly, that client's pongs wait behind its audio, and it would be taken for dead.
"""

from __future__ import annotations

import asyncio
import time

from websockets.asyncio.server import ServerConnection

from realtime.server.inbox import Inbox


class Pulse:
    """`run` it as a task beside the connection's others."""

    def __init__(
        self, socket: ServerConnection, inbox: Inbox, interval_s: float, timeout_s: float
    ) -> None:
        """Seconds between two pings, and how long an answer may take. 0: no pings; for ever."""
        self._socket = socket
        self._inbox = inbox
        self._interval_s = interval_s
        self._timeout_s = timeout_s

    async def run(self) -> None:
        """Until a ping was not answered in time: the connection is then cut. Raises
        ConnectionClosed where it ends otherwise."""
        while self._interval_s:
            await asyncio.sleep(self._interval_s)
            pong = asyncio.ensure_future(await self._socket.ping())
            while self._timeout_s and not pong.done():
                await asyncio.wait({pong}, timeout=self._timeout_s)
                if not pong.done() and self._unread_for_s() >= self._timeout_s:
                    self._socket.transport.abort()
                    return

    def _unread_for_s(self) -> float:
        """How long the socket has been read as fast as anything came."""
        return time.monotonic() - self._inbox.full_until
