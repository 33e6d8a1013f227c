"""A channel on a real engine, without a socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from realtime.app.detectors import make_detector
from realtime.backends.base import Backend
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.live.channel import Channel, ChannelLink
from realtime.metrics import Metrics
from realtime.session.endpoint import EndpointOptions
from realtime.session.events import Event, Final
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from tests.server.support import PATIENCE_S


@dataclass
class Heard:
    """Events of a channel, with a way to wait for them."""

    events: list[Event] = field(default_factory=list)
    channel: Channel | None = None
    news: threading.Condition = field(default_factory=threading.Condition)

    def put(self, event: Event, number: int) -> bool:
        assert number == 3
        self.events.append(event)
        return False

    def progressed(self) -> None:
        with self.news:
            self.news.notify_all()

    def wait(self, condition: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(condition, PATIENCE_S)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Final)]


@contextmanager
def channel(
    backend: Backend | Callable[[], Backend],
    options: EngineOptions | None = None,
    metrics: Metrics | None = None,
    clock: Callable[[], float] = time.monotonic,
    early_ms: int = 0,
) -> Iterator[tuple[Channel, Heard, Engine]]:
    """`backend`: a backend, or a function that loads one, for a second one after a hang."""
    metrics = metrics or Metrics()
    load = backend if callable(backend) else lambda: backend
    engine, heard = Engine(load, options, metrics, clock=clock), Heard()
    link = ChannelLink(engine, metrics, heard.put, heard.progressed, clock)
    heard.channel = Channel("stream", 3, new_session(early_ms), link)
    engine.start()
    try:
        yield heard.channel, heard, engine
    finally:
        engine.stop()


def new_session(early_ms: int) -> Session:
    endpoint = EndpointOptions(early_ms=early_ms)
    return Session(SessionOptions(endpoint=endpoint), make_detector("energy"))
