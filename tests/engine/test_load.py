from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engine.load import LoadMeter


def test_the_average_approaches_the_level_with_its_time_constant() -> None:
    meter = LoadMeter(0.0, time_constant_s=5.0)
    meter.set(0.0, 1.0)
    assert meter.average(0.0) == 0.0
    assert meter.average(5.0) == pytest.approx(1 - 1 / 2.718281828)
    meter.set(5.0, 0.0)
    assert meter.average(10.0) == pytest.approx((1 - 1 / 2.718281828) / 2.718281828)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1)), min_size=1))
def test_the_average_stays_within_the_observed_levels(steps: list[tuple[float, float]]) -> None:
    meter, now = LoadMeter(0.0), 0.0
    for wait, level in steps:
        now += wait
        meter.set(now, level)
    assert -1e-9 <= meter.average(now + 1.0) <= max(level for _, level in steps) + 1e-9
