"""Requests for tests: what they answer is recorded, and waiting for an answer is an event."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np

from realtime.engine.queue import Request
from realtime.errors import RealtimeError
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Urgency, Window, WindowShape

PATIENCE_S = 20.0
"""How long a test waits for something that happens at once unless the code is broken."""


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def window(seconds: float = 2.0, prompt: str = "", final: bool = True) -> Window:
    samples = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    return Window(samples, 0, final, DecodeOptions(language="en", prompt=prompt))


@dataclass
class Wish:
    """A request and what became of it."""

    stream: Hashable
    urgency: Urgency = Urgency.PARTIAL
    wished_at: float = 100.0
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
            wished_at=self.wished_at,
            cadence_s=self.cadence_s,
            deadline=self.deadline,
            shape=self.shape or (lambda: None if self.window is None else self.window.shape),
            take=lambda: self.window,
            done=self._answer,
            failed=self._answer,
            vanished=lambda: self._answer(None),
        )

    def _answer(self, answer: Hypothesis | RealtimeError | None) -> None:
        self.answers.append(answer)
        self.answered.set()

    def wait(self) -> Hypothesis | RealtimeError | None:
        """The one answer."""
        assert self.answered.wait(PATIENCE_S), f"{self.stream} was not answered"
        assert len(self.answers) == 1
        return self.answers[0]

    def text(self) -> str:
        answer = self.wait()
        assert isinstance(answer, Hypothesis), answer
        return answer.text
