"""How many streams this process accepts: as many as the settings say, else as many as the model
can keep up with on this machine."""

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
"""No stream is accepted while a new final would wait longer than this for the queued finals."""

SECOND_PASS_FACTOR = 1.33
"""Finals of human speech take this many times as long as decoding their audio once: a quarter of
the model's time goes into audio that is decoded again (stock `base`,
benchmarks/figures/people.md)."""


class StreamCapacity:
    """Estimates how many streams the model can serve. Safe from any thread."""

    def __init__(
        self,
        engine: Engine,
        metrics: Metrics,
        max_sessions: int,
        beam_size: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`max_sessions`: 0 for as many as the model keeps up with. `beam_size`: that of finals."""
        self._clock = clock
        self._engine = engine
        self._metrics = metrics
        self._max_sessions = max_sessions
        self._beam_size = beam_size
        self._lock = threading.Lock()
        self._demand: Demand | None = None
        self._info: BackendInfo | None = None
        """The model that `_demand` was measured with."""
        metrics.sessions_capacity.set_function(self.streams)

    def streams(self) -> int:
        """The largest number of streams; 0: no limit, or the model is not loaded yet."""
        return self._max_sessions or self._look()[0]

    def full(self, streams: int) -> bool:
        """Whether the model could not keep up with one stream more than `streams`."""
        most, wait_s = self._look()
        return (most > 0 and streams >= most) or wait_s > LONGEST_WAIT_S

    def final_s(self) -> float:
        """Seconds that a typical final takes now. Raises NotReady while there is no model."""
        guess_s = self._guess_s()
        with self._lock:
            return guess_s if self._demand is None else self._demand.final_s(guess_s)

    def _look(self) -> tuple[int, float]:
        """Streams that the model keeps up with (0: no limit); seconds that a final waits now."""
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
        """Expected seconds of a typical final, from the calls in the model's self-test."""
        options = DecodeOptions(beam_size=self._beam_size())
        shape = WindowShape(round(TYPICAL_FINAL_S * SAMPLE_RATE), True, options)
        return SECOND_PASS_FACTOR * self._engine.expected_s(shape)


def _total(counter: Counter) -> float:
    (family,) = counter.collect()
    return float(family.samples[0].value)
