"""How many streams this process takes: as set, else as many as the model keeps up with here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from prometheus_client import Counter

from realtime.backends.base import BackendInfo
from realtime.engine.demand import TYPICAL_FINAL_S, Demand, Totals
from realtime.engine.engine import Engine
from realtime.errors import NotReady
from realtime.metrics import Metrics
from realtime.types import SAMPLE_RATE, DecodeOptions, Urgency, WindowShape

LONGEST_WAIT_S = 2.0
"""No more streams while a final that came now would wait longer for the finals before it."""

HEARD_AGAIN = 1.33
"""Finals of people take so many times what hearing them once takes: a quarter of the model's time
goes into what is heard again (stock `base`, benchmarks/README.md)."""


class Capacity:
    """May be asked from any thread."""

    def __init__(
        self,
        engine: Engine,
        metrics: Metrics,
        max_sessions: int,
        beam_size: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`max_sessions`: 0 for as many as the model keeps up with. `beam_size`: of finals."""
        self._clock = clock
        self._engine = engine
        self._metrics = metrics
        self._max_sessions = max_sessions
        self._beam_size = beam_size
        self._lock = threading.Lock()
        self._demand: Demand | None = None
        self._info: BackendInfo | None = None
        """Of the model whose costs were measured."""
        metrics.sessions_capacity.set_function(self.streams)

    def streams(self) -> int:
        """The most that are taken; 0: any number, or the model is not loaded yet."""
        return self._max_sessions or self._look()[0]

    def full(self, streams: int) -> bool:
        """Whether the model would not keep up with one more than `streams`."""
        most, wait_s = self._look()
        return (most > 0 and streams >= most) or wait_s > LONGEST_WAIT_S

    def final_s(self) -> float:
        """What a typical final takes here and now. Raises NotReady while there is no model."""
        guess_s = self._guess_s()
        with self._lock:
            return guess_s if self._demand is None else self._demand.final_s(guess_s)

    def _look(self) -> tuple[int, float]:
        """Streams that the model keeps up with (0: any number), and how long a final waits now."""
        try:
            info, guess_s = self._engine.info, self._guess_s()
        except NotReady:
            return 0, 0.0
        status, now = self._engine.status(), self._clock()
        totals = Totals(
            received_s=_total(self._metrics.audio_seconds),
            covered_s=status.covered_s,
            worked_s=status.worked_s,
            dropped_s=_total(self._metrics.early_final_seconds.labels("dropped")),
        )
        with self._lock:
            if self._demand is None or info != self._info:
                self._demand, self._info = Demand(now, totals), info
            self._demand.observe(now, totals)
            most = self._demand.streams(status.live_workers, guess_s)
            waiting_s = status.waiting.get(Urgency.FINAL, 0) * self._demand.final_s(guess_s)
        return most or 0, waiting_s / status.live_workers

    def _guess_s(self) -> float:
        """What a typical final takes, by the calls that the model was tested with."""
        options = DecodeOptions(beam_size=self._beam_size())
        shape = WindowShape(round(TYPICAL_FINAL_S * SAMPLE_RATE), True, options)
        return HEARD_AGAIN * self._engine.expected_s(shape)


def _total(counter: Counter) -> float:
    (family,) = counter.collect()
    return float(family.samples[0].value)
