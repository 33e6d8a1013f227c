"""Detects that a client is gone while its socket is not read.

A loop that does not wait for a socket's bytes does not notice its end either. But epoll reports
errors and hang-ups of every registered socket, whatever events it is registered for (epoll_ctl(2)).
"""

from __future__ import annotations

import asyncio
import contextlib
import select
from typing import Any


class DisconnectWatch:
    """Watches sockets of one event loop. Without epoll it detects nothing, and pings must do."""

    def __init__(self) -> None:
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._watched: dict[int, asyncio.Transport] = {}
        if self._epoll is not None:
            asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._look)

    def add(self, transport: asyncio.Transport) -> None:
        """Abort this connection when its client is gone."""
        descriptor = _descriptor(transport)
        if self._epoll is not None and descriptor >= 0 and descriptor not in self._watched:
            self._epoll.register(descriptor, 0)
            self._watched[descriptor] = transport

    def forget(self, transport: asyncio.Transport) -> None:
        """Stop watching a connection that is read again, or closed."""
        for descriptor, watched in self._watched.items():
            if watched is transport:
                del self._watched[descriptor]
                self._unregister(descriptor)
                return

    def close(self) -> None:
        """Stop watching all connections."""
        if self._epoll is not None:
            asyncio.get_running_loop().remove_reader(self._epoll.fileno())
            self._epoll.close()
            self._epoll = None
        self._watched.clear()

    def _look(self) -> None:
        assert self._epoll is not None
        for descriptor, _ in self._epoll.poll(0):
            self._unregister(descriptor)
            transport = self._watched.pop(descriptor, None)
            if transport is not None:
                transport.abort()

    def _unregister(self, descriptor: int) -> None:
        if self._epoll is not None:
            with contextlib.suppress(OSError):  # a closed one is unregistered already
                self._epoll.unregister(descriptor)


def _descriptor(transport: asyncio.Transport) -> int:
    socket: Any = transport.get_extra_info("socket")
    return socket.fileno() if socket is not None else -1
