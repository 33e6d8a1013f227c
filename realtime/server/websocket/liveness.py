"""Detects that a client is gone though its connection was never closed.

The library's own keepalive would do, but for one case: if the server slowly reads a client that
sends far too fast, the client's pongs wait behind its audio, and it would be considered dead.
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
        """Send pings until one is not answered in time, then abort the connection. Raises
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
        """Send a ping and wait for its answer. Where the client reads nothing, the ping cannot even
        be sent, which counts as no answer."""
        await (await self._socket.ping())

    def _unread_for_s(self) -> float:
        """Seconds for which the inbox has had room, so that the socket was read without delay."""
        return self._clock() - self._inbox.full_until
