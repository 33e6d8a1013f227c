"""Computing figures from outcomes."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.load_test.capacity import MOST, CapacitySearch
from realtime.load_test.figures import RequestOutcome, Spread, measured

TIMES = st.lists(st.floats(0.001, 100.0), min_size=1, max_size=60)


def test_a_run_in_figures() -> None:
    outcomes = [
        RequestOutcome(0, 0.0, 1.0, 10.0, reference="a b", text="A, b."),
        RequestOutcome(1, 0.0, 3.0, 10.0, reference="a b", text="a c"),
        RequestOutcome(2, 1.0, 9.0, 10.0, error="timeout", message="late", reference="a b"),
        RequestOutcome(3, 1.0, 9.0, 10.0, error="timeout", message="late"),
    ]
    found = measured(outcomes, 10.0)
    assert found["success_percent"] == 50.0
    assert found["errors"] == {"timeout": 2}
    assert found["response_time"]["mean"] == 2.0
    assert found["response_time"]["max"] == 3.0
    assert found["throughput"] == pytest.approx(0.2)
    assert found["rtfx"] == pytest.approx(2.0)
    assert found["word_error_rate"] == pytest.approx(25.0)
    assert outcomes[0].as_json() == {
        **{"number": 0, "start": 0.0, "time": 1.0, "audio": 10.0, "ok": True, "error": None}
    }
    assert outcomes[2].as_json()["message"] == "late"


def test_a_run_without_success_has_no_times() -> None:
    found = measured([RequestOutcome(0, 0.0, 1.0, 1.0, error="404")], 1.0)
    assert found["response_time"]["p95"] is None
    assert found["word_error_rate"] is None
    assert measured([], 0.0)["throughput"] is None


@settings(max_examples=15)  # a histogram in pure Python is slow
@given(TIMES)
def test_percentiles_are_exact_to_three_digits(times: list[float]) -> None:
    spread, ordered = Spread(times), sorted(times)
    summary = spread.summary()
    assert summary["median"] == statistics.median(times)
    for percent in (50, 95, 99):
        value = spread.percentile(percent)
        assert value is not None
        rank = len(ordered) * percent / 100  # definitions differ by one
        low, high = ordered[max(0, math.floor(rank) - 1)], ordered[math.ceil(rank) - 1]
        assert 0.998 * low <= value <= 1.002 * high
    curve = [value for _, value in spread.curve()]
    assert curve == sorted(curve)
    assert curve[-1] == pytest.approx(ordered[-1], rel=1e-3)


def test_an_event_before_its_time_counts_as_no_wait() -> None:
    assert Spread([-0.2, -0.1, -0.1, 0.3]).tail() == {"p50": 0.0, "p95": 0.3, "p99": 0.3}
    assert Spread([-0.2]).percentile(99) == 0.0


@given(st.integers(0, MOST), st.integers(1, 64))
def test_the_search_finds_the_capacity(capacity: int, first: int) -> None:
    search = CapacitySearch(first)
    while (number := search.next()) is not None:
        assert number not in search.tried
        search.tell(number, held=number <= capacity)
    assert search.best <= capacity
    assert capacity - search.best <= max(1, search.best // 8)
    assert len(search.tried) <= 24


def test_a_server_that_sustains_all_streams_ends_the_search() -> None:
    search = CapacitySearch(5)
    while (number := search.next()) is not None:
        search.tell(number, held=True)
    assert search.best == MOST
