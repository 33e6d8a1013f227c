"""Keeps streams after their connections end, to be resumed. Used on the event loop alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

from realtime.errors import UnknownSession
from realtime.keys.quotas import Quotas
from realtime.live.life import Action, Event, Life
from realtime.live.stream import Stream, StreamFactory
from realtime.live.throttle import BACKLOG_S
from realtime.server.websocket.connection import Connection
from realtime.wire.base import Dialect
from realtime.wire.config import StreamConfig
from realtime.wire.texts import Language


@dataclass(slots=True)
class StoredSession:
    """A stream, with its connection or waiting for one."""

    stream: Stream
    owner: str
    """Owner of the key that opened it."""
    life: Life = field(default_factory=Life)
    connection: Connection | None = None
    detached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while there is no connection."""
    flush: asyncio.TimerHandle | None = None
    expiry: asyncio.TimerHandle | None = None

    def attach(self, connection: Connection) -> None:
        """Set its connection, until `SessionStore.release`."""
        self.connection = connection
        self.detached.clear()

    def cancel_timers(self) -> None:
        """Cancel both timers: it does not wait any longer."""
        for timer in (self.flush, self.expiry):
            if timer is not None:
                timer.cancel()
        self.flush = self.expiry = None


class SessionStore:
    """All streams of a server, by their id."""

    def __init__(
        self,
        streams: StreamFactory,
        quotas: Quotas,
        executor: Executor,
        resume_s: float,
        most_waiting: int,
        freed: Callable[[], None],
    ) -> None:
        """`quotas` count the audio of every owner. `executor`: runs the intake of audio.
        `resume_s`: how long a stream waits to be resumed; 0: not at all. `most_waiting`: how many
        may wait; beyond it the oldest are dropped. `freed` is called when a stream with a large
        backlog is dropped."""
        self._streams = streams
        self._quotas = quotas
        self._metrics = streams.metrics
        self._executor = executor
        self._resume_s = resume_s
        self._freed = freed
        self._most_waiting = most_waiting
        self._stored: dict[str, StoredSession] = {}
        self._waiting: dict[str, StoredSession] = {}
        """Those without a connection, oldest first."""

    def __len__(self) -> int:
        return len(self._stored)

    def knows(self, session: str, owner: str) -> bool:
        """Whether there is a stream of that id, and it belongs to that owner."""
        return self._find(session, owner) is not None

    def _find(self, session: str, owner: str) -> StoredSession | None:
        stored = self._stored.get(session)
        return stored if stored is not None and stored.owner == owner else None

    @property
    def connections(self) -> list[Connection]:
        """All open connections."""
        return [
            stored.connection for stored in self._stored.values() if stored.connection is not None
        ]

    async def deserted(self) -> None:
        """Wait until no stream has a connection."""
        while attached := [
            stored for stored in self._stored.values() if stored.connection is not None
        ]:
            await attached[0].detached.wait()

    def connections_of(self, owner: str) -> list[Connection]:
        """Open connections to the owner's streams."""
        return [
            stored.connection
            for stored in self._stored.values()
            if stored.connection is not None and stored.owner == owner
        ]

    def open(
        self, config: StreamConfig, owner: str, dialect: Dialect, language: Language = "en"
    ) -> StoredSession:
        """Open a new stream. Attach its connection before anything is awaited. `language`: of
        sentences for people."""
        count = partial(self._quotas.add, owner, "live")
        stream = self._streams.new(config, dialect, count, language)
        stored = self._stored[stream.id] = StoredSession(stream, owner)
        self._metrics.sessions_opened.inc()
        return stored

    async def resume(self, session: str, owner: str) -> StoredSession:
        """The stream of that id, without a connection: attach one before anything is awaited.

        Raises UnknownSession, also where it has another owner, who alone may read its words. If it
        still has a connection, that may be dead without anyone knowing, and the new client has the
        id: so the old connection is displaced.
        """
        while (stored := self._find(session, owner)) is not None and stored.connection is not None:
            stored.connection.displace()
            await stored.detached.wait()
        if stored is None:
            raise UnknownSession(
                "This session is not known here, or it is too late to resume it: start a new one."
            )
        self._on(stored, Event.RESUME)
        if stored.stream.has_audio:
            self._on(stored, Event.AUDIO)
        self._metrics.sessions_opened.inc()
        self._metrics.sessions_resumed.inc()
        return stored

    def release(self, stored: StoredSession) -> None:
        """Its connection is done: let the stream wait for another one, unless nothing is left to
        send."""
        stored.connection = None
        stored.detached.set()
        self._on(stored, Event.RELEASE)

    def _on(self, stored: StoredSession, event: Event) -> None:
        """Report an event to the stream's life, and execute the actions that follow."""
        for action in stored.life.on(event):
            match action:
                case Action.KEEP:
                    self._keep(stored)
                case Action.FLUSH:
                    self._flush(stored.stream)
                case Action.TAKE_UP:
                    self._take_up(stored)
                case Action.FORGET:
                    self._forget(stored)

    def _keep(self, stored: StoredSession) -> None:
        if self._resume_s <= 0:
            self._on(stored, Event.EXPIRE)
            return
        loop, stream = asyncio.get_running_loop(), stored.stream
        if stream.lag_s > BACKLOG_S:
            stream.hold()  # the backlog of a client that left must not delay the others
        flush_s = stream.config.idle_flush_ms / 1000
        if flush_s:
            stored.flush = loop.call_later(flush_s, self._on, stored, Event.IDLE)
        stored.expiry = loop.call_later(self._resume_s, self._on, stored, Event.EXPIRE)
        self._waiting[stream.id] = stored
        while len(self._waiting) > self._most_waiting:
            self._on(next(iter(self._waiting.values())), Event.EXPIRE)

    def _flush(self, stream: Stream) -> None:
        """Finalise the open utterance: no audio arrived for `idle_flush_ms`."""
        if stream.speaking:
            self._executor.submit(partial(stream.flush, answer=False))

    def _take_up(self, stored: StoredSession) -> None:
        self._waiting.pop(stored.stream.id, None)
        stored.cancel_timers()

    def _forget(self, stored: StoredSession) -> None:
        self._take_up(stored)
        stream = stored.stream
        del self._stored[stream.id]
        held_much = stream.lag_s > BACKLOG_S
        stream.close()
        if held_much:
            self._freed()

    def forget_all(self) -> None:
        """Drop all streams: the server ends, and no connection is left."""
        for stored in list(self._stored.values()):
            self._on(stored, Event.EXPIRE)
