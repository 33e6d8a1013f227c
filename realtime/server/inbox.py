"""What came off one socket and was not yet given to its stream. Used on the event loop alone."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TypeAlias

from realtime.errors import BadMessage
from realtime.wire import native

Item: TypeAlias = bytes | native.ClientMessage | BadMessage
"""Audio, a control message, or what is to be answered to a bad one."""

MOST_BYTES = 256 << 10
"""Then the socket is not read on."""
TAKEN_AT_ONCE = 64 << 10
"""Neighbouring packets of audio are joined up to this size: one second of float32."""


class Inbox:
    """Keeps the order of audio and control messages."""

    def __init__(self) -> None:
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._full_until = 0.0

    @property
    def full_until(self) -> float:
        """When the socket was last not read for want of room, in monotonic seconds."""
        return self._full_until if self._room.is_set() else time.monotonic()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item, size: int) -> None:
        """Add at the end; `size`: bytes of the message."""
        self._items.append((item, size))
        self._bytes += size
        if self._bytes > MOST_BYTES:
            self._room.clear()

    async def wait_for_room(self) -> None:
        """Until no more than `MOST_BYTES` are held."""
        await self._room.wait()

    def take(self) -> Item:
        """The next item; small packets of audio that follow each other come as one. Raises
        IndexError where there is none."""
        item = self._pop()
        if not isinstance(item, bytes):
            return item
        packets, size = [item], len(item)
        while self._items:
            packet, more = self._items[0]
            if not isinstance(packet, bytes) or size + more > TAKEN_AT_ONCE:
                break
            packets.append(packet)
            size += more
            self._pop()
        return item if len(packets) == 1 else b"".join(packets)

    def clear(self) -> None:
        """Drop everything."""
        self._items.clear()
        self._bytes = 0
        self._make_room()

    def _pop(self) -> Item:
        item, size = self._items.popleft()
        self._bytes -= size
        if self._bytes <= MOST_BYTES:
            self._make_room()
        return item

    def _make_room(self) -> None:
        if not self._room.is_set():
            self._full_until = time.monotonic()
            self._room.set()
