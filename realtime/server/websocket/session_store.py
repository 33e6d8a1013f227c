"""Keeps streams beyond their connections, for a resume. Used on the event loop alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

from realtime.errors import UnknownSession
from realtime.live.life import Action, Event, Life
from realtime.live.stream import Stream
from realtime.live.throttle import BACKLOG_S
from realtime.metrics import Metrics
from realtime.server.websocket.connection import Connection
from realtime.wire.base import Dialect
from realtime.wire.config import StreamConfig


@dataclass(slots=True)
class StoredSession:
    """A stream, with its connection or waiting for one."""

    stream: Stream
    owner: str
    """Whose key opened it."""
    life: Life = field(default_factory=Life)
    connection: Connection | None = None
    detached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while there is no connection."""
    flush: asyncio.TimerHandle | None = None
    expiry: asyncio.TimerHandle | None = None

    def attach(self, connection: Connection) -> None:
        """It has a connection, until `SessionStore.release`."""
        self.connection = connection
        self.detached.clear()

    def cancel_timers(self) -> None:
        """It does not wait any longer."""
        for timer in (self.flush, self.expiry):
            if timer is not None:
                timer.cancel()
        self.flush = self.expiry = None


class SessionStore:
    """All streams of a server, by their id."""

    def __init__(
        self,
        new_stream: Callable[[StreamConfig, Dialect, Callable[[float], None]], Stream],
        metrics: Metrics,
        executor: Executor,
        resume_s: float,
        freed: Callable[[], None],
        most_waiting: int,
        heard: Callable[[str, float], None],
    ) -> None:
        """`executor`: where audio is taken in. `resume_s`: how long a stream waits to be resumed;
        0: not at all. `freed` is called when a stream that held much is forgotten. `most_waiting`:
        streams without a connection; the oldest are forgotten. `heard` is told whose stream got how
        many seconds of audio, from any thread."""
        self._new_stream = new_stream
        self._metrics = metrics
        self._executor = executor
        self._resume_s = resume_s
        self._freed = freed
        self._most_waiting = most_waiting
        self._heard = heard
        self._kept: dict[str, StoredSession] = {}
        self._waiting: dict[str, StoredSession] = {}
        """Those without a connection, oldest first."""

    def __len__(self) -> int:
        return len(self._kept)

    def knows(self, session: str, owner: str) -> bool:
        """Whether a stream of that id is here, and of that owner."""
        return self._find(session, owner) is not None

    def _find(self, session: str, owner: str) -> StoredSession | None:
        kept = self._kept.get(session)
        return kept if kept is not None and kept.owner == owner else None

    @property
    def connections(self) -> list[Connection]:
        """All that are open."""
        return [kept.connection for kept in self._kept.values() if kept.connection is not None]

    async def deserted(self) -> None:
        """Until no stream has a connection."""
        while attached := [kept for kept in self._kept.values() if kept.connection is not None]:
            await attached[0].detached.wait()

    def connections_of(self, owner: str) -> list[Connection]:
        """Those whose streams are the owner's."""
        return [
            kept.connection
            for kept in self._kept.values()
            if kept.connection is not None and kept.owner == owner
        ]

    def open(self, config: StreamConfig, owner: str, dialect: Dialect) -> StoredSession:
        """A new stream. Give it its connection before anything is awaited."""
        stream = self._new_stream(config, dialect, partial(self._heard, owner))
        kept = self._kept[stream.id] = StoredSession(stream, owner)
        self._metrics.sessions_opened.inc()
        return kept

    async def resume(self, session: str, owner: str) -> StoredSession:
        """The stream of that id, without a connection: give it one before anything is awaited.

        Raises UnknownSession, also where another key opened it: its words are nobody else's. Where
        it still has a connection, that one may be dead without knowing it, and the newcomer has the
        id: so the newcomer wins.
        """
        while (kept := self._find(session, owner)) is not None and kept.connection is not None:
            kept.connection.displace()
            await kept.detached.wait()
        if kept is None:
            raise UnknownSession(
                "This session is not known here, or its time to resume is over: start a new one."
            )
        self._on(kept, Event.RESUME)
        if kept.stream.has_audio:
            self._on(kept, Event.AUDIO)
        self._metrics.sessions_opened.inc()
        self._metrics.sessions_resumed.inc()
        return kept

    def release(self, kept: StoredSession) -> None:
        """Its connection's work is done: let the stream wait for another one, unless nothing is
        left to be said."""
        kept.connection = None
        kept.detached.set()
        self._on(kept, Event.RELEASE)

    def _on(self, kept: StoredSession, event: Event) -> None:
        """Tell the stream's life what happened, and do what follows."""
        for action in kept.life.on(event):
            match action:
                case Action.KEEP:
                    self._keep(kept)
                case Action.FLUSH:
                    self._flush(kept.stream)
                case Action.TAKE_UP:
                    self._take_up(kept)
                case Action.FORGET:
                    self._forget(kept)

    def _keep(self, kept: StoredSession) -> None:
        if self._resume_s <= 0:
            self._on(kept, Event.EXPIRE)
            return
        loop, stream = asyncio.get_running_loop(), kept.stream
        if stream.lag_s > BACKLOG_S:
            stream.hold()  # sent far ahead and left: that must not cost those who are here
        flush_s = stream.config.idle_flush_ms / 1000
        if flush_s:
            kept.flush = loop.call_later(flush_s, self._on, kept, Event.IDLE)
        kept.expiry = loop.call_later(self._resume_s, self._on, kept, Event.EXPIRE)
        self._waiting[stream.id] = kept
        while len(self._waiting) > self._most_waiting:
            self._on(next(iter(self._waiting.values())), Event.EXPIRE)

    def _flush(self, stream: Stream) -> None:
        """Nothing came for as long as a connected client may be silent in mid-word."""
        if stream.speaking:
            self._executor.submit(partial(stream.flush, answer=False))

    def _take_up(self, kept: StoredSession) -> None:
        self._waiting.pop(kept.stream.id, None)
        kept.cancel_timers()

    def _forget(self, kept: StoredSession) -> None:
        self._take_up(kept)
        stream = kept.stream
        del self._kept[stream.id]
        held_much = stream.lag_s > BACKLOG_S
        stream.close()
        if held_much:
            self._freed()

    def forget_all(self) -> None:
        """At the end of the server, when no connection is left."""
        for kept in list(self._kept.values()):
            self._on(kept, Event.EXPIRE)
