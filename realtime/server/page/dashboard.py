"""The state of the server, now and over the last minutes, for the page's charts."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise

from prometheus_client import Histogram
from prometheus_client.parser import text_string_to_metric_families

from realtime.engine.engine import Engine
from realtime.metrics import PREFIX, Metrics
from realtime.types import Urgency

SAMPLE_S = 5.0
KEPT = 180
"""Samples: a quarter of an hour."""
WINDOW = 12
"""Samples over which a percentile is taken: one minute."""

Counts = tuple[tuple[float, float], ...]
"""Upper bound in s → observations up to it since the start, as Prometheus counts them."""


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """The state of this process or of another at one moment."""

    ready: bool = False
    streams: float = 0.0
    capacity: float = 0.0
    """0: no limit is set."""
    busy: float = 0.0
    """Share of the workers' time, 0 … 1."""
    queue: Mapping[str, int] = field(default_factory=dict)
    """Requests that wait for the model, by urgency."""
    restarts: int = 0
    finals: float = 0.0
    audio_s: float = 0.0
    first: Counts = ()
    """Latencies of first partials since the process started."""
    final: Counts = ()
    workers: int | None = None
    oldest_wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class DashboardSample:
    """The state at one moment, as the charts show it."""

    at: float
    """Seconds since 1970."""
    streams: float
    queue: int
    """Requests that wait for the model, of any urgency."""
    busy: float
    """Share of the workers' time, 0 … 1."""
    first_ms: float | None
    """95th percentile over the last minute; None: there were no first partials."""
    final_ms: float | None


class Dashboard:
    """`run` takes samples for as long as the server runs."""

    def __init__(
        self, read: Callable[[], ProcessReading], now: Callable[[], float] = time.time
    ) -> None:
        """`read`: returns the current state; must not block."""
        self._read, self._now = read, now
        self._samples: deque[DashboardSample] = deque(maxlen=KEPT)
        self._first: deque[Counts] = deque(maxlen=WINDOW + 1)
        self._final: deque[Counts] = deque(maxlen=WINDOW + 1)

    async def run(self) -> None:
        """Take samples until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(SAMPLE_S)

    def sample(self) -> None:
        """Take one sample."""
        reading = self._read()
        self._first.append(reading.first)
        self._final.append(reading.final)
        self._samples.append(
            DashboardSample(
                at=round(self._now(), 1),
                streams=reading.streams,
                queue=sum(reading.queue.values()),
                busy=round(reading.busy, 3),
                first_ms=_ms(recent(self._first, 0.95)),
                final_ms=_ms(recent(self._final, 0.95)),
            )
        )

    def describe(self) -> dict[str, object]:
        """What the page shows: the current state, and the samples for the charts."""
        reading = self._read()
        oldest_s = reading.oldest_wait_s
        return {
            "ready": reading.ready,
            "streams": reading.streams,
            "capacity": reading.capacity,
            "workers": reading.workers,
            "busy": round(reading.busy, 3),
            "queue": {
                kind.name.lower(): reading.queue.get(kind.name.lower(), 0) for kind in Urgency
            },
            "oldest_wait_s": None if oldest_s is None else round(oldest_s, 2),
            "restarts": reading.restarts,
            "finals": reading.finals,
            "audio_s": round(reading.audio_s, 1),
            "sample_s": SAMPLE_S,
            "samples": [asdict(sample) for sample in self._samples],
        }


def own_reading(engine: Engine, metrics: Metrics) -> ProcessReading:
    """The state of this process."""
    status = engine.status()
    return ProcessReading(
        ready=status.ready,
        streams=_value(metrics, "sessions_active"),
        capacity=_value(metrics, "sessions_capacity"),
        busy=status.busy_ratio,
        queue={kind.name.lower(): count for kind, count in status.waiting.items()},
        restarts=status.restarts,
        finals=_value(metrics, "finals_total"),
        audio_s=_value(metrics, "audio_seconds_total"),
        first=cumulative(metrics.first_partial_seconds),
        final=cumulative(metrics.final_latency_seconds),
        workers=status.workers,
        oldest_wait_s=status.oldest_wait_s,
    )


def parse_reading(text: str) -> ProcessReading:
    """The state of another process, parsed from its `/metrics`. Raises ValueError for other text.

    An older version may lack some values.
    """
    values: dict[str, float] = {}
    queue: dict[str, int] = {}
    buckets: dict[str, list[tuple[float, float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name.removeprefix(f"{PREFIX}_")
            if "le" in sample.labels:
                buckets.setdefault(name, []).append((float(sample.labels["le"]), sample.value))
            elif name == "queue_length":
                queue[sample.labels["urgency"]] = int(sample.value)
            elif not sample.labels:
                values[name] = sample.value
    return ProcessReading(
        ready=bool(values.get("engine_ready", 0.0)),
        streams=values.get("sessions_active", 0.0),
        capacity=values.get("sessions_capacity", 0.0),
        busy=values.get("busy_ratio", 0.0),
        queue=queue,
        restarts=int(values.get("worker_restarts_total", 0.0)),
        finals=values.get("finals_total", 0.0),
        audio_s=values.get("audio_seconds_total", 0.0),
        first=tuple(buckets.get("first_partial_seconds_bucket", ())),
        final=tuple(buckets.get("final_latency_seconds_bucket", ())),
    )


def cumulative(histogram: Histogram) -> Counts:
    """The cumulative buckets of a histogram."""
    (family,) = histogram.collect()
    return tuple(
        (float(sample.labels["le"]), sample.value)
        for sample in family.samples
        if sample.name.endswith("_bucket")
    )


def recent(counts: Sequence[Counts], share: float) -> float | None:
    """The percentile `share` of what was observed between the first and the last of `counts`."""
    if not counts:
        return None
    before = dict(counts[0])
    between = [(bound, new - before.get(bound, 0.0)) for bound, new in counts[-1]]
    if any(count < 0 for _, count in between):
        return quantile(counts[-1], share)  # counts of another process, which has restarted
    return quantile(between, share)


def quantile(counts: Sequence[tuple[float, float]], share: float) -> float | None:
    """A percentile from cumulative buckets, interpolated within a bucket (as Prometheus'
    `histogram_quantile` does); None where nothing was observed."""
    total = counts[-1][1] if counts else 0.0
    if total <= 0:
        return None
    wanted = share * total
    for (low, before), (high, upto) in pairwise([(0.0, 0.0), *counts]):
        if upto >= wanted and upto > before:
            if math.isinf(high):
                return low  # above the last bound, so at least that bound
            return low + (high - low) * (wanted - before) / (upto - before)
    return None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds)


def _value(metrics: Metrics, name: str) -> float:
    return metrics.registry.get_sample_value(f"{PREFIX}_{name}") or 0.0
