"""How the server fares, now and over the last minutes, for the page's charts."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from prometheus_client import Histogram

from realtime.engine.engine import Engine
from realtime.metrics import Metrics
from realtime.types import Urgency

SAMPLE_S = 5.0
KEPT = 180
"""Samples: a quarter of an hour."""
WINDOW = 12
"""Samples over which a percentile is taken: one minute."""

Counts = tuple[tuple[float, float], ...]
"""Upper bound in s → observations up to it since the start, as Prometheus counts them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment."""

    at: float
    """Seconds since 1970."""
    streams: float
    queue: int
    """Requests before the model, of all classes."""
    busy: float
    """Share of the workers' time, 0 … 1."""
    first_ms: float | None
    """95th percentile over the last minute; None: there was none."""
    final_ms: float | None


class Dashboard:
    """`run` samples for as long as the server lives."""

    def __init__(
        self, engine: Engine, metrics: Metrics, now: Callable[[], float] = time.time
    ) -> None:
        self._engine, self._metrics, self._now = engine, metrics, now
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._first: deque[Counts] = deque(maxlen=WINDOW + 1)
        self._final: deque[Counts] = deque(maxlen=WINDOW + 1)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(SAMPLE_S)

    def sample(self) -> None:
        """Note how things stand."""
        status = self._engine.status()
        self._first.append(cumulative(self._metrics.first_partial_seconds))
        self._final.append(cumulative(self._metrics.final_latency_seconds))
        self._samples.append(
            Sample(
                at=round(self._now(), 1),
                streams=_value(self._metrics, "sessions_active"),
                queue=sum(status.waiting.values()),
                busy=round(status.busy_ratio, 3),
                first_ms=_ms(recent(self._first, 0.95)),
                final_ms=_ms(recent(self._final, 0.95)),
            )
        )

    def describe(self) -> dict[str, object]:
        """What the page shows: the moment, and the samples for the charts."""
        status = self._engine.status()
        return {
            "ready": status.ready,
            "streams": _value(self._metrics, "sessions_active"),
            "capacity": _value(self._metrics, "sessions_capacity"),
            "workers": status.workers,
            "busy": round(status.busy_ratio, 3),
            "queue": {kind.name.lower(): status.waiting.get(kind, 0) for kind in Urgency},
            "oldest_wait_s": round(status.oldest_wait_s, 2),
            "restarts": status.restarts,
            "finals": _value(self._metrics, "finals_total"),
            "audio_s": round(_value(self._metrics, "audio_seconds_total"), 1),
            "sample_s": SAMPLE_S,
            "samples": [asdict(sample) for sample in self._samples],
        }


def cumulative(histogram: Histogram) -> Counts:
    """A histogram's buckets."""
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
    return quantile(
        [(bound, new - old) for (bound, new), (_, old) in zip(counts[-1], counts[0], strict=True)],
        share,
    )


def quantile(counts: Sequence[tuple[float, float]], share: float) -> float | None:
    """A percentile out of cumulative buckets, within a bucket in proportion (as Prometheus'
    `histogram_quantile` does); None where nothing was observed."""
    total = counts[-1][1] if counts else 0.0
    if total <= 0:
        return None
    wanted = share * total
    for (low, before), (high, upto) in pairwise([(0.0, 0.0), *counts]):
        if upto >= wanted and upto > before:
            if math.isinf(high):
                return low  # beyond the last bound: at least that
            return low + (high - low) * (wanted - before) / (upto - before)
    return None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds)


def _value(metrics: Metrics, name: str) -> float:
    return metrics.registry.get_sample_value(f"realtime_{name}") or 0.0
