"""Requests that record their results, a model that waits at a gate, and an engine with both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.engine.queue import Request
from realtime.errors import RealtimeError
from realtime.metrics import Metrics
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Urgency, Window, WindowShape

PATIENCE_S = 20.0
"""How long a test waits for something that happens at once unless the code is broken."""


class Clock:
    """A clock that only tests advance."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def window(seconds: float = 2.0, prompt: str = "", final: bool = True) -> Window:
    samples = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    return Window(samples, 0, final, DecodeOptions(language="en", prompt=prompt))


@dataclass
class Caller:
    """A request and its results."""

    stream: Hashable
    urgency: Urgency = Urgency.PARTIAL
    requested_at: float = 100.0
    cadence_s: float = 1.0
    deadline: float | None = None
    window: Window | None = field(default_factory=window)
    shape: Callable[[], WindowShape | None] | None = None
    answers: list[Hypothesis | RealtimeError | None] = field(default_factory=list)
    answered: threading.Event = field(default_factory=threading.Event)

    def request(self) -> Request:
        return Request(
            stream=self.stream,
            urgency=self.urgency,
            requested_at=self.requested_at,
            cadence_s=self.cadence_s,
            deadline=self.deadline,
            shape=self.shape or (lambda: None if self.window is None else self.window.shape),
            take=self.take,
            done=self._answer,
            failed=self._answer,
            vanished=lambda: self._answer(None),
        )

    def take(self) -> Window | None:
        return self.window

    def _answer(self, answer: Hypothesis | RealtimeError | None) -> None:
        self.answers.append(answer)
        self.answered.set()

    def wait(self) -> Hypothesis | RealtimeError | None:
        """Its only result."""
        assert self.answered.wait(PATIENCE_S), f"{self.stream} was not answered"
        assert len(self.answers) == 1
        return self.answers[0]

    def text(self) -> str:
        answer = self.wait()
        assert isinstance(answer, Hypothesis), answer
        return answer.text


SCRIPTS = {"": Script.evenly("so it is"), **{n: Script.evenly(n) for n in "abcdefgh"}}


class Gate:
    """A hook for the scripted backend: calls stop here until the test lets them continue."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.entered = threading.Semaphore(0)
        self._passes = threading.Semaphore(0)
        self.hang: Callable[[Sequence[Window]], bool] = lambda _windows: True

    def __call__(self, windows: Sequence[Window]) -> None:
        self.calls.append([w.options.prompt for w in windows])
        self.entered.release()
        if self.hang(windows):
            assert self._passes.acquire(timeout=PATIENCE_S)

    def wait_for_call(self) -> None:
        assert self.entered.acquire(timeout=PATIENCE_S)

    def open(self, calls: int = 1) -> None:
        for _ in range(calls):
            self._passes.release()


@contextmanager
def running(
    hook: Callable[[Sequence[Window]], None] | None = None,
    *,
    options: EngineOptions | None = None,
    clock: Clock | None = None,
    metrics: Metrics | None = None,
    workers: int = 1,
    file_workers: int = 0,
    cost_s: Callable[[Hashable, int], float] | None = None,
    made: list[ScriptedBackend] | None = None,
) -> Iterator[Engine]:
    def factory() -> ScriptedBackend:
        backend = ScriptedBackend(
            SCRIPTS,
            before_decode=hook,
            workers=workers,
            file_workers=file_workers,
            cost_s=cost_s,
        )
        if made is not None:
            made.append(backend)
        return backend

    # The watchdog's own thread stays inactive: tests call `supervise` themselves.
    options = options or EngineOptions(watch_interval_s=1e6, stop_timeout_s=PATIENCE_S)
    engine = Engine(factory, options, metrics, clock=clock or Clock())
    engine.start()
    try:
        yield engine
    finally:
        if isinstance(hook, Gate):
            hook.open(1000)
        engine.stop()


def caller(name: str, urgency: Urgency = Urgency.PARTIAL, **kw: object) -> Caller:
    return Caller(name, urgency, window=window(prompt=name), **kw)  # type: ignore[arg-type]


def submit(engine: Engine, *callers: Caller) -> None:
    for one in callers:
        engine.submit(one.request())
