"""A connection whose small binary messages may be taken as they arrive.

The library queues every message for a task that waits for it. At ten packets a second from each of
many streams, waking that task, and then the one that works, costs more than the packet itself.
"""

from __future__ import annotations

from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event


class StreamSocket(ServerConnection):
    """Hands over what it can at once; all else takes the library's way, and order is kept."""

    take_at_once: Callable[[bytes], bool] | None = None
    """Asked for each whole binary message while none waits; False: let it be queued."""
    queued = 0
    """Messages, or parts of one, that take the library's way and were not yet `taken`."""

    def taken(self) -> None:
        """A message was received, as by `recv`, and is in the reader's hands."""
        self.queued -= 1

    def process_event(self, event: Event) -> None:
        """The library calls this for every frame."""
        # The handshake is an event as well, and no frame.
        if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
            if (
                self.take_at_once is not None
                and not self.queued
                and event.fin
                and event.opcode is Opcode.BINARY
                and self.take_at_once(bytes(event.data))
            ):
                return
            self.queued += 1
        super().process_event(event)
