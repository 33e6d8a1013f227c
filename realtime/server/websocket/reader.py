"""Takes messages off one socket. What can be answered at once is, the rest keeps its order."""

from __future__ import annotations

import time
from collections.abc import Callable

from realtime.errors import BadMessage, RealtimeError
from realtime.live.outbox import Outbox
from realtime.server.websocket.audio_feed import AudioFeed
from realtime.server.websocket.inbox import Inbox, Item
from realtime.server.websocket.message_budget import DEAR_COST, TEXT_COST
from realtime.server.websocket.sender import Sender
from realtime.wire.base import Codec
from realtime.wire.messages import Ack, Ping, Start


class Reader:
    """A socket's `Ear`. Pings are answered here: they wait for no model and no other message."""

    def __init__(
        self,
        codec: Codec,
        inbox: Inbox,
        outbox: Outbox,
        sender: Sender,
        listener: AudioFeed,
        arrived: Callable[[], None],
        take_at_once: Callable[[bytes], bool],
    ) -> None:
        """`arrived` is called after every message that was put into the inbox, and at the end.
        `take_at_once` may take audio that has nothing before it."""
        self.gone = False
        """The client will send nothing more."""
        self.deaf = False
        """Set it where nothing more is wanted: only pings and acknowledgements are still heard."""
        self.refusal: RealtimeError | None = None
        """The client may send nothing more."""
        self.text_at = 0.0
        """When a text came last, in monotonic seconds."""
        self._dropped_audio = False
        self._codec = codec
        self._inbox = inbox
        self._outbox = outbox
        self._sender = sender
        self._listener = listener
        self._arrived = arrived
        self._take_at_once = take_at_once

    @property
    def full(self) -> bool:
        return self._inbox.full and not self.deaf

    @property
    def over(self) -> bool:
        """Nothing more will be heard of the client."""
        return self.gone or self.refusal is not None

    def hear(self, message: bytes | str) -> int:
        """What came; → what it cost beyond its frame, in frames."""
        is_text = isinstance(message, str)
        if is_text:
            self.text_at = time.monotonic()
        elif not message:
            return 0
        try:
            decoded = self._codec.decode(message)
        except BadMessage as error:
            self._keep(error, len(message))
            return DEAR_COST
        match decoded:
            case bytes():
                self._hear_audio(decoded)
            case Ping(id):
                # A pong says as well that what came before the ping was taken.
                if not self._dropped_audio:
                    self._sender.say(self._codec.pong(id))
            case Ack(seq):
                self._outbox.acknowledge(seq)
            case _:
                self._keep(decoded, len(message))
        if not is_text:
            return 0
        return DEAR_COST if isinstance(decoded, Start) else TEXT_COST

    def refuse(self, error: RealtimeError) -> None:
        self.refusal = error
        self._arrived()

    def lost(self) -> None:
        self.gone = True
        self._arrived()

    def _hear_audio(self, message: bytes) -> None:
        if self._take_at_once(message):
            return
        self._listener.arrived(len(message), time.monotonic())
        self._dropped_audio |= self.deaf
        self._keep(message, len(message))

    def _keep(self, item: Item, size: int) -> None:
        """Empty messages say nothing."""
        if size and not self.deaf:
            self._inbox.put(item, size)
            self._arrived()
