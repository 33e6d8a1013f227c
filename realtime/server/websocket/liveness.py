"""Finds out that a client is gone though its connection was never closed.

The library's own keepalive would do, but for one case: where the server reads a far too fast client
slowly, that client's pongs wait behind its audio, and it would be taken for dead.
"""

from __future__ import annotations

import asyncio

from websockets.asyncio.server import ServerConnection

from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.inbox import Inbox


class LivenessCheck:
    """`run` it as a task beside the connection's others."""

    def __init__(self, socket: ServerConnection, inbox: Inbox, options: ConnectionOptions) -> None:
        self._socket = socket
        self._inbox = inbox
        self._interval_s = options.ping_interval_s
        self._timeout_s = options.ping_timeout_s
        self._clock = options.ping_clock

    async def run(self) -> None:
        """Until a ping was not answered in time: the connection is then cut. Raises
        ConnectionClosed where it ends otherwise."""
        while self._interval_s:
            await asyncio.sleep(self._interval_s)
            if not self._timeout_s:
                await self._socket.ping()
                continue
            answer = asyncio.create_task(self._ping())
            try:
                while not answer.done():
                    await asyncio.wait({answer}, timeout=self._timeout_s)
                    if not answer.done() and self._unread_for_s() >= self._timeout_s:
                        self._socket.transport.abort()
                        return
                await answer
            finally:
                answer.cancel()

    async def _ping(self) -> None:
        """Until it was answered. Where the client reads nothing, it cannot even be sent: that is
        no answer either."""
        await (await self._socket.ping())

    def _unread_for_s(self) -> float:
        """How long the socket has been read as fast as anything came."""
        return self._clock() - self._inbox.full_until
