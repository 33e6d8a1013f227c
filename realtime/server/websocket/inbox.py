"""Queues what was read from one socket for its stream. Used on the event loop alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from realtime.errors import BadMessage, RealtimeError
from realtime.wire.messages import ClientMessage


@dataclass(frozen=True, slots=True)
class ReceiveFailed:
    """The client may send nothing more."""

    error: RealtimeError
    """The reason."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The client is gone."""


Item: TypeAlias = bytes | ClientMessage | BadMessage | ReceiveFailed | Disconnect
"""Audio, a control message, the error that answers a bad one, or a mark that nothing more comes."""

MOST_BYTES = 256 << 10
"""Beyond this the socket is not read."""
TAKEN_AT_ONCE = 64 << 10
"""Neighbouring packets of audio are joined up to this size: one second of float32."""


class Inbox:
    """Keeps the order of audio and control messages."""

    def __init__(self, has_room: Callable[[], None], clock: Callable[[], float]) -> None:
        """`has_room` is called when the inbox stops being full. `clock`: monotonic seconds."""
        self._has_room = has_room
        self._clock = clock
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self.full = False
        """It holds more than `MOST_BYTES`: nothing should be put into it."""
        self._full_until = 0.0

    @property
    def full_until(self) -> float:
        """When the socket was last left unread for lack of room, by the clock."""
        return self._clock() if self.full else self._full_until

    def __len__(self) -> int:
        return len(self._items)

    @property
    def ending(self) -> bool:
        """Its last item says that nothing more comes."""
        return bool(self._items) and _is_last(self._items[-1][0])

    def put(self, item: Item, size: int = 0) -> None:
        """Add at the end; `size`: bytes of the message."""
        self._items.append((item, size))
        self._bytes += size
        self.full = self._bytes > MOST_BYTES

    def take(self) -> Item:
        """The next item; consecutive small packets of audio are joined. Raises IndexError where
        there is none."""
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
        """Drop all items but those that say that nothing more comes."""
        self._items = deque(held for held in self._items if _is_last(held[0]))
        self._bytes = 0
        self._make_room()

    def _pop(self) -> Item:
        item, size = self._items.popleft()
        self._bytes -= size
        if self._bytes <= MOST_BYTES:
            self._make_room()
        return item

    def _make_room(self) -> None:
        if self.full:
            self.full = False
            self._full_until = self._clock()
            self._has_room()


def _is_last(item: Item) -> bool:
    return isinstance(item, ReceiveFailed | Disconnect)
