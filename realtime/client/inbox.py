"""A queue of events for the application, which may be slower than the server."""

from __future__ import annotations

import asyncio
from collections import deque

from realtime.client.events import Event, Partial


class Inbox:
    """`put` never blocks: a newer partial replaces a waiting one.

    So the queue has at most one partial per channel, besides finals, which are small and rare.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._closed = False
        self._failure: BaseException | None = None

    def put(self, event: Event) -> None:
        """Queue an event; a partial replaces an older partial of its channel."""
        if isinstance(event, Partial):
            for waiting in self._events:
                if isinstance(waiting, Partial) and waiting.channel == event.channel:
                    self._events.remove(waiting)
                    break
        self._events.append(event)
        self._arrived.set()

    def close(self, failure: BaseException | None = None) -> None:
        """End the events; `failure` is raised after the waiting ones. Later calls do nothing."""
        if not self._closed:
            self._closed = True
            self._failure = failure
            self._arrived.set()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    async def take(self) -> Event | None:
        """Wait for the next event; None: the end. Raises the failure that `close` got."""
        while not self._events and not self._closed:
            self._arrived.clear()
            await self._arrived.wait()
        if self._events:
            return self._events.popleft()
        if self._failure is not None:
            raise self._failure
        return None
