"""Takes messages off one socket. What can be answered at once is, the rest keeps its order."""

from __future__ import annotations

import time
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed

from realtime.errors import BadMessage
from realtime.server.inbox import Inbox, Item
from realtime.server.listener import Listener
from realtime.server.outbox import Outbox
from realtime.server.sender import Sender
from realtime.server.socket import StreamSocket
from realtime.wire import native


class Reader:
    """`run` it as a task. Pings are answered here: they wait for no model and no other message."""

    def __init__(
        self,
        socket: StreamSocket,
        inbox: Inbox,
        outbox: Outbox,
        sender: Sender,
        listener: Listener,
        arrived: Callable[[], None],
    ) -> None:
        """`arrived` is called after every message that was put into the inbox, and at the end."""
        self.gone = False
        """The client will send nothing more."""
        self.deaf = False
        """Set it where nothing more is wanted: only pings and acknowledgements are still heard."""
        self._dropped_audio = False
        self._socket = socket
        self._inbox = inbox
        self._outbox = outbox
        self._sender = sender
        self._listener = listener
        self._arrived = arrived

    async def run(self) -> None:
        """Until the connection is closed, by whomever. Stops reading while the inbox is full."""
        try:
            async for message in self._socket:
                self._receive(message)
                self._socket.taken()
                await self._inbox.wait_for_room()
        except ConnectionClosed:
            pass
        finally:
            self.gone = True
            self._arrived()

    def _receive(self, message: bytes | str) -> None:
        try:
            decoded = native.decode(message)
        except BadMessage as error:
            self._keep(error, len(message))
            return
        match decoded:
            case native.Ping(id):
                # A pong says as well that what came before the ping was taken.
                if not self._dropped_audio:
                    self._sender.say(native.pong(id))
            case native.Ack(seq):
                self._outbox.acknowledge(seq)
            case None:
                assert isinstance(message, bytes)
                self._listener.arrived(len(message), time.monotonic())
                self._dropped_audio |= self.deaf
                self._keep(message, len(message))
            case _:
                self._keep(decoded, len(message))

    def _keep(self, item: Item, size: int) -> None:
        """Empty messages say nothing."""
        if size and not self.deaf:
            self._inbox.put(item, size)
            self._arrived()
