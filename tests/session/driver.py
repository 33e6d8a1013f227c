"""Drives a session without a server: packets in, a model with a delay, events out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from realtime.backends.base import Backend
from realtime.session.events import Ended, Event, Final, Partial
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, Samples, Window
from realtime.vad.base import FRAME_SAMPLES, Probabilities


class SpanDetector:
    """A detector that reports speech by a script."""

    def __init__(self, spans_s: Sequence[tuple[float, float]]) -> None:
        self._spans = [(start * SAMPLE_RATE, end * SAMPLE_RATE) for start, end in spans_s]
        self._position = 0

    def probabilities(self, samples: Samples) -> Probabilities:
        starts = self._position + np.arange(0, len(samples), FRAME_SAMPLES)
        self._position += len(samples)
        middle = starts + FRAME_SAMPLES / 2
        voiced = np.zeros(len(starts), bool)
        for start, end in self._spans:
            voiced |= (middle >= start) & (middle < end)
        return voiced.astype(np.float32)

    def reset(self) -> None:
        pass


@dataclass
class Driver:
    """`delay`: packets between taking a window and its answer (0: at once)."""

    session: Session
    backend: Backend
    delay: int = 0
    events: list[Event] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    _out: Window | None = None
    _waited: int = 0

    def play(self, samples: Samples, packet: int = 1600) -> None:
        for at in range(0, len(samples), packet):
            self.session.receive_audio(samples[at : at + packet])
            self.step()

    def step(self) -> None:
        """Run the model after a packet."""
        if self._out is not None:
            self._waited += 1
            if self._waited < self.delay:
                return self._drain()
            self._answer()
        while self._out is None and (next_request := self.session.next_request()) is not None:
            window = self.session.take_window()
            assert window is not None
            assert next_request.shape == window.shape
            self.windows.append(window)
            self._out, self._waited = window, 0
            if self.delay:
                break
            self._answer()
        return self._drain()

    def settle(self) -> None:
        """Run the model until no window is left."""
        while self._out is not None or self.session.next_request() is not None:
            self._waited = self.delay
            self.step()
        self._drain()

    def end(self) -> None:
        self.session.end()
        self.settle()

    def _answer(self) -> None:
        window, self._out = self._out, None
        assert window is not None
        self.session.receive_hypothesis(self.backend.decode([window])[0])

    def _drain(self) -> None:
        self.events += self.session.events_to_send()

    @property
    def finals(self) -> list[Final]:
        return [event for event in self.events if isinstance(event, Final)]

    @property
    def partials(self) -> list[Partial]:
        return [event for event in self.events if isinstance(event, Partial)]

    @property
    def ended(self) -> bool:
        return any(isinstance(event, Ended) for event in self.events)

    @property
    def text(self) -> str:
        return " ".join(final.text for final in self.finals if final.text)
