"""Finds out that a client is gone while its socket is not read.

A loop that does not wait for a socket's bytes does not hear of its end either. The kernel tells an
error or a hang-up of any socket that an epoll holds, whatever else it is asked for (epoll_ctl(2)).
"""

from __future__ import annotations

import asyncio
import contextlib
import select
from typing import Any


class DisconnectWatch:
    """One event loop's. Where there is no epoll, it sees nothing, and the pings must do."""

    def __init__(self) -> None:
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._watched: dict[int, asyncio.Transport] = {}
        if self._epoll is not None:
            asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._look)

    def add(self, transport: asyncio.Transport) -> None:
        """Cut this connection when its client is gone."""
        descriptor = _descriptor(transport)
        if self._epoll is not None and descriptor >= 0 and descriptor not in self._watched:
            self._epoll.register(descriptor, 0)
            self._watched[descriptor] = transport

    def forget(self, transport: asyncio.Transport) -> None:
        """It is read again, or closed."""
        for descriptor, watched in self._watched.items():
            if watched is transport:
                del self._watched[descriptor]
                self._unregister(descriptor)
                return

    def close(self) -> None:
        """Watch nothing any more."""
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
            with contextlib.suppress(OSError):  # closed, which ended it
                self._epoll.unregister(descriptor)


def _descriptor(transport: asyncio.Transport) -> int:
    socket: Any = transport.get_extra_info("socket")
    return socket.fileno() if socket is not None else -1
