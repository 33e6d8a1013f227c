"""Events on their way to the application, which may be slower than the server."""

from __future__ import annotations

import asyncio
from collections import deque

from realtime.client.events import Event, Partial


class Inbox:
    """Never blocks the one who puts: a partial that waits gives way to a newer one.

    So it holds at most one partial a channel, and the finals, which are as small as they are rare.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._closed = False
        self._failure: BaseException | None = None

    def put(self, event: Event) -> None:
        """Queue an event; in the place of an older partial of its channel."""
        if isinstance(event, Partial):
            for waiting in self._events:
                if isinstance(waiting, Partial) and waiting.channel == event.channel:
                    self._events.remove(waiting)
                    break
        self._events.append(event)
        self._arrived.set()

    def close(self, failure: BaseException | None = None) -> None:
        """Nothing follows; `failure` is raised once what waits was taken. The first call counts."""
        if not self._closed:
            self._closed = True
            self._failure = failure
            self._arrived.set()

    @property
    def closed(self) -> bool:
        """Nothing more will be put."""
        return self._closed

    async def take(self) -> Event | None:
        """The next event; None: nothing follows. Raises what `close` was given."""
        while not self._events and not self._closed:
            self._arrived.clear()
            await self._arrived.wait()
        if self._events:
            return self._events.popleft()
        if self._failure is not None:
            raise self._failure
        return None
