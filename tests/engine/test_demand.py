"""How many streams the model can keep up with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engine.demand import SHARE, TYPICAL_FINAL_S, Demand, Totals

NOTHING = Totals(0.0, 0.0, 0.0)


def after(
    minutes: int, streams: int, *, talks: float, cost: float, guess_s: float, step_s: float = 1.0
) -> Demand:
    """The demand after this many streams have talked this long. `cost`: seconds of a worker for one
    second of speech."""
    demand = Demand(0.0, NOTHING)
    steps = int(minutes * 60 / step_s)
    for step in range(1, steps + 1):
        received_s = streams * step * step_s
        covered_s = talks * received_s
        demand.observe(step * step_s, Totals(received_s, covered_s, cost * covered_s))
    return demand


def test_the_first_estimate_is_what_a_call_costs() -> None:
    demand = Demand(0.0, NOTHING)
    assert demand.streams(1, guess_s=1.0) == int(SHARE * TYPICAL_FINAL_S) == 2
    assert demand.streams(4, guess_s=1.0) == int(4 * SHARE * TYPICAL_FINAL_S)
    assert demand.streams(1, guess_s=100.0) == 1, "one is always tried"
    assert demand.streams(1, guess_s=0.0) is None
    assert demand.final_s(1.0) == pytest.approx(1.0)


def test_measurements_count_more_and_more() -> None:
    """Other programs make the machine three times slower than at the start."""
    known = [
        after(minutes, 4, talks=1.0, cost=0.3, guess_s=0.44).final_s(0.44) for minutes in (0, 1, 10)
    ]
    assert known == pytest.approx([0.44, 1.26, 1.28], abs=0.02)


def test_more_streams_fit_if_they_are_mostly_silent() -> None:
    talking = after(10, 8, talks=1.0, cost=0.1, guess_s=0.44).streams(2, 0.44)
    in_turn = after(10, 8, talks=0.4, cost=0.1, guess_s=0.44).streams(2, 0.44)
    assert (talking, in_turn) == (12, 25)


def test_many_new_streams_at_once_do_not_count_as_silent() -> None:
    demand = Demand(0.0, NOTHING)
    demand.observe(3.0, Totals(2 * 3.0, 0.0, 0.0))  # two streams, no final yet
    assert demand.streams(1, guess_s=1.0) == 2


@given(st.floats(1.0, 600.0), st.floats(0.1, 1.0), st.floats(0.01, 1.0))
def test_reading_the_value_more_often_changes_nothing(
    step_s: float, talks: float, cost: float
) -> None:
    often = after(20, 4, talks=talks, cost=cost, guess_s=1.0, step_s=1.0)
    seldom = after(20, 4, talks=talks, cost=cost, guess_s=1.0, step_s=step_s)
    assert seldom.final_s(1.0) == pytest.approx(often.final_s(1.0), rel=0.02)


def test_without_passing_time_nothing_changes() -> None:
    demand = Demand(1.0, NOTHING)
    demand.observe(1.0, Totals(100.0, 100.0, 100.0))
    demand.observe(2.0, Totals(100.0, 100.0, 100.0))
    assert demand.final_s(1.0) > 2.0, "it is counted with the next moment"


def test_finals_that_were_not_needed_are_no_demand() -> None:
    """They cost what finals cost, but a busy model decodes nothing ahead of its time."""
    some, more = Demand(0.0, NOTHING), Demand(0.0, NOTHING)
    some.observe(60.0, Totals(300.0, 200.0, 60.0))
    more.observe(60.0, Totals(300.0, 260.0, 78.0, dropped_s=60.0))
    assert some.streams(8, 0.5) == more.streams(8, 0.5)
    assert some.final_s(0.5) == pytest.approx(more.final_s(0.5), rel=0.02)
