"""Percentiles from histograms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from realtime.metrics import Metrics
from realtime.server.page.dashboard import (
    ProcessReading,
    cumulative,
    parse_reading,
    quantile,
    recent,
)

BOUNDS = (0.1, 0.2, 0.5, 1.0)


def observed(values: list[float], histogram: Histogram | None = None) -> Histogram:
    made = histogram or Histogram("x", "x", buckets=BOUNDS, registry=CollectorRegistry())
    for value in values:
        made.observe(value)
    return made


def test_nothing_observed_is_nothing() -> None:
    assert quantile([], 0.95) is None
    assert quantile(cumulative(observed([])), 0.95) is None
    assert recent([], 0.5) is None


def test_values_within_a_bucket_are_interpolated() -> None:
    assert quantile(((1.0, 0), (2.0, 10), (math.inf, 10)), 0.5) == 1.5
    assert quantile(((1.0, 10), (math.inf, 10)), 0.5) == 0.5


def test_values_beyond_the_last_bound_give_that_bound() -> None:
    assert quantile(cumulative(observed([3.0, 4.0])), 0.95) == 1.0


def test_only_observations_of_the_interval_count() -> None:
    histogram = observed([0.9] * 100)
    before = cumulative(histogram)
    observed([0.15] * 10, histogram)
    found = recent([before, cumulative(histogram)], 0.95)
    assert found is not None
    assert 0.1 < found <= 0.2


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=50), st.floats(0.01, 1.0))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    found = quantile(cumulative(observed(values)), share)
    true = sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]
    high = next(bound for bound in BOUNDS if true <= bound)
    low = max((bound for bound in (0.0, *BOUNDS) if bound < true), default=0.0)
    assert found is not None
    assert low - 1e-9 <= found <= high + 1e-9
    assert found == pytest.approx(found)


def test_another_process_is_read_from_its_metrics() -> None:
    metrics = Metrics()
    metrics.sessions_active.set(3)
    metrics.engine_ready.set(1)
    metrics.queue_length.labels("final").set(2)
    metrics.finals.inc(5)
    metrics.final_latency_seconds.observe(0.25)
    found = parse_reading(metrics.render().decode())
    assert (found.ready, found.streams, found.queue, found.finals) == (True, 3.0, {"final": 2}, 5.0)
    assert found.final == cumulative(metrics.final_latency_seconds)
    assert parse_reading("# nothing\n") == ProcessReading()


def test_a_restarted_process_is_counted_from_zero() -> None:
    before, after = ((1.0, 90.0), (math.inf, 90.0)), ((1.0, 2.0), (math.inf, 4.0))
    assert recent([before, after], 0.5) == quantile(after, 0.5)
    assert recent([(), after], 0.5) == quantile(after, 0.5)
