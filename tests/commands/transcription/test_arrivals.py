"""A recording is processed once, when it is complete."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from realtime.commands.transcription.arrivals import Arrivals, State

A, B = Path("a.wav"), Path("b.wav")
SETTLE_S = 2.0


def state(size: int, changed_s: float) -> State:
    return size, int(changed_s * 1e9)


def test_a_moved_file_is_complete_at_once() -> None:
    arrivals = Arrivals(SETTLE_S)
    assert arrivals.look({A: state(9, 10.0), B: state(9, 99.0)}, 100.0) == [A]
    assert arrivals.pending


def test_a_growing_file_is_not_complete_whatever_its_date() -> None:
    arrivals = Arrivals(SETTLE_S)
    for second in range(5):
        assert arrivals.look({A: state(second, 10.0)}, 100.0 + second) == []
    assert arrivals.look({A: state(4, 10.0)}, 105.9) == []
    assert arrivals.look({A: state(4, 10.0)}, 106.0) == [A]


def test_an_empty_file_is_not_complete() -> None:
    arrivals = Arrivals(SETTLE_S)
    assert arrivals.look({A: state(0, 10.0)}, 100.0) == []
    assert arrivals.look({A: state(9, 10.0)}, 103.0) == []


def test_a_date_in_the_future_does_no_harm() -> None:
    arrivals = Arrivals(SETTLE_S)
    assert arrivals.look({A: state(9, 999.0)}, 100.0) == []
    assert arrivals.look({A: state(9, 999.0)}, 102.0) == [A]


def test_a_processed_file_is_processed_again_when_it_changes() -> None:
    arrivals = Arrivals(SETTLE_S)
    old = state(9, 10.0)
    assert arrivals.look({A: old}, 100.0) == [A]
    arrivals.handled(A, old)
    assert not arrivals.pending
    assert arrivals.look({A: old}, 200.0) == []
    assert arrivals.look({A: state(8, 199.0)}, 201.0) == [A]
    arrivals.handled(A, state(8, 199.0))
    assert arrivals.look({}, 300.0) == []
    assert arrivals.look({A: old}, 301.0) == [A], "it is another file of this name"


def test_postponed_files_wait_and_deleted_ones_are_forgotten() -> None:
    arrivals = Arrivals(SETTLE_S)
    arrivals.postpone(A, state(9, 10.0), 160.0)
    assert arrivals.look({A: state(9, 10.0)}, 159.0) == []
    assert arrivals.look({A: state(9, 10.0)}, 160.0) == [A]
    assert arrivals.look({}, 161.0) == []
    assert not arrivals.pending


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.1, 3.0)), max_size=30))
def test_recently_changed_files_are_not_processed(steps: list[tuple[int, float]]) -> None:
    arrivals, now_s, size, changed_s = Arrivals(SETTLE_S), 100.0, 0, 100.0
    for grown, passed_s in steps:
        now_s += passed_s
        if grown:
            size, changed_s = size + grown, now_s
        taken = arrivals.look({A: state(size, changed_s)}, now_s)
        if taken:
            assert now_s - changed_s >= SETTLE_S
