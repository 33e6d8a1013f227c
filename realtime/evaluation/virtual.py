"""One stream in virtual time: the real session, detector and model, without waiting.

The clock is the sample counter. The answer to a window comes `delay_packets` later, so partials
come as often as in a live stream, and the same input always gives the same output. If
`delay_packets` is None, the answer takes the time that the model really takes: partials are then as
rare, and cost as little, as in a live stream on this machine.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.backends.base import Backend
from realtime.scripts import join_texts
from realtime.session.chunker import samples
from realtime.session.events import Event, Final, Partial
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, Hypothesis, Samples, Window, Word

PACKET = samples(0.1)


@dataclass(slots=True)
class VirtualStream:
    """Plays audio into a session and answers its requests from `backend`."""

    session: Session
    backend: Backend
    delay_packets: int | None = 1
    """Packets between taking a window and its answer; None: the model's real time."""
    events: list[Event] = field(default_factory=list)
    arrivals_s: list[float] = field(default_factory=list)
    """When each event would arrive if this were the only stream, on the session's clock: after the
    audio, plus the time that the model really took."""
    windows: list[Window] = field(default_factory=list)
    """Every window decoded, in order."""
    hypotheses: list[Hypothesis] = field(default_factory=list)
    """What the model answered to each of them."""
    passes: int = 0
    """Encoder passes, retries included."""
    _answer: Hypothesis | None = None
    _due: int = 0
    """Packets until the answer comes."""
    _free_s: float = 0.0
    """When the model finishes the window that it was given last."""
    _answered_s: float = 0.0
    """When it finished the window of the last answer received: a final may be decoded early."""

    def play(
        self,
        audio: Samples,
        packet: int = PACKET,
        on_progress: Callable[[float], None] | None = None,
    ) -> None:
        """Play audio into the session. `on_progress` gets the seconds of `audio` played so far."""
        for at in range(0, len(audio), packet):
            self.session.receive_audio(audio[at : at + packet])
            self._turn()
            if on_progress is not None:
                on_progress(min(at + packet, len(audio)) / SAMPLE_RATE)

    def end(self) -> None:
        """Finalise everything."""
        self.session.end()
        self._turn()
        while self._answer is not None or self.session.next_request() is not None:
            self._due = 0
            self._turn()

    def _turn(self) -> None:
        """The model's turn after a packet."""
        self._collect()
        self._due -= 1
        if self._answer is not None and self._due <= 0:
            hypothesis, self._answer = self._answer, None
            self._answered_s = self._free_s
            self.session.receive_hypothesis(hypothesis)
            self._collect()
        free = self._answer is None and self.session.next_request() is not None
        window = self.session.take_window() if free else None
        if window is not None:
            self._decode(window)
        self._collect()

    def _decode(self, window: Window) -> None:
        started = time.perf_counter()
        (self._answer,) = self.backend.decode([window])
        took_s = time.perf_counter() - started
        self.windows.append(window)
        self.hypotheses.append(self._answer)
        self.passes += self._answer.passes
        self._free_s = max(self._now_s, self._free_s) + took_s
        packets = math.ceil(took_s * SAMPLE_RATE / PACKET)
        self._due = max(1, packets) if self.delay_packets is None else self.delay_packets

    def _collect(self) -> None:
        new, at_s = self.session.events_to_send(), max(self._now_s, self._answered_s)
        self.events += new
        self.arrivals_s += [at_s] * len(new)

    @property
    def _now_s(self) -> float:
        return self.session.samples_received / SAMPLE_RATE

    @property
    def finals(self) -> list[Final]:
        return [event for event in self.events if isinstance(event, Final)]

    @property
    def partials(self) -> list[Partial]:
        return [event for event in self.events if isinstance(event, Partial)]

    @property
    def text(self) -> str:
        """Text of all finals."""
        return join_texts(final.text for final in self.finals)

    @property
    def spoken(self) -> list[Word]:
        """Words of all finals, if the options ask for them."""
        return [word for final in self.finals for word in final.words or ()]
