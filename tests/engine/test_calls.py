"""Calls are counted, and each time without calls is noticed once."""

from __future__ import annotations

from realtime.engine.calls import CallCounts

IDLE_S = 10.0


def test_each_time_without_calls_is_noticed_once() -> None:
    calls = CallCounts()
    assert not calls.idle(1e9, IDLE_S), "nothing was called yet, so there is nothing to return"
    for start in (100.0, 200.0):
        assert calls.change_busy(1, start) == 1
        assert calls.change_busy(1, start) == 2
        assert calls.change_busy(-1, start + 1) == 1
        assert not calls.idle(start + 50, IDLE_S), "the other one still runs"
        assert calls.change_busy(-1, start + 60) == 0
        assert not calls.idle(start + 69, IDLE_S)
        assert calls.idle(start + 70, IDLE_S)
        assert not calls.idle(start + 80, IDLE_S)


def test_successes_add_up() -> None:
    calls = CallCounts()
    assert calls.last_success_at is None
    calls.succeed(2.0, 0.5, 100.0)
    calls.succeed(0.0, 0.25, 101.0)
    assert (calls.passes, calls.covered_s, calls.worked_s) == (2, 2.0, 0.75)
    assert calls.last_success_at == 101.0
