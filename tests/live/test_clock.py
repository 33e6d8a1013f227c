"""Time limits, tested without waiting."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.live.clock import Due, StreamClock, TimeLimits


def test_a_stream_that_never_spoke_is_not_flushed() -> None:
    clock = StreamClock(TimeLimits(2, 0, 1e9), 0, 0)
    assert clock.due(1000) == []
    clock.audio(1000)
    assert clock.next_due() == 1002
    assert clock.due(1001.9) == []
    assert clock.due(1002) == [Due.FLUSH]
    assert clock.due(5000) == []


def test_silence_is_announced_then_closes_and_audio_restarts_the_timer() -> None:
    clock = StreamClock(TimeLimits(0, 100, 1e9), 0, 0)
    assert clock.due(80) == [Due.IDLE_SOON]
    assert clock.idle_left_s(80) == 20
    clock.audio(90)
    assert clock.due(169) == []
    assert clock.due(190) == [Due.IDLE_SOON, Due.IDLE_CLOSE]


def test_keepalive_keeps_a_stream_open_but_still_finalises_words() -> None:
    clock = StreamClock(TimeLimits(2, 10, 1e9), 0, 0)
    clock.audio(0)
    clock.alive(1.9)
    assert clock.due(2) == [Due.FLUSH]
    assert clock.due(10) == [Due.IDLE_SOON]
    assert clock.due(11.9) == [Due.IDLE_CLOSE]


def test_a_stream_without_audio_is_closed_unless_kept_alive() -> None:
    clock = StreamClock(TimeLimits(0, 0, 1e9, 60), 0, 0)
    clock.message(30)
    clock.alive(50)
    assert clock.due(109.9) == []
    assert clock.due(110) == [Due.SILENT_CLOSE]
    assert clock.due(1000) == []
    clock = StreamClock(TimeLimits(0, 0, 1e9, 60), 0, 0)
    clock.audio(59)
    clock.message(59)
    assert clock.due(1000) == []


@pytest.mark.parametrize(("session_s", "announced"), [(14_400, 14_340), (10, 8)])
def test_a_session_counts_from_its_first_connection(session_s: float, announced: float) -> None:
    clock = StreamClock(TimeLimits(0, 0, session_s), 5, 5 + announced)
    assert clock.due(5 + announced) == [Due.SESSION_SOON]
    assert clock.session_left_s(5 + announced) == session_s - announced
    assert clock.due(5 + session_s) == [Due.SESSION_END]
    assert clock.next_due() == math.inf


@given(
    limits=st.builds(
        TimeLimits, st.sampled_from([0, 0.5, 2]), st.sampled_from([0, 1, 30]), st.floats(1, 500)
    ),
    steps=st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["audio", "alive", "none"]))),
)
def test_every_deadline_is_announced_and_due_once(
    limits: TimeLimits, steps: list[tuple[float, str]]
) -> None:
    clock, now, said = StreamClock(limits, 0, 0), 0.0, []
    for step, what in steps:
        due_at = clock.next_due()
        now += step
        found = clock.due(now)
        assert bool(found) == (due_at <= now)
        assert clock.next_due() > now, "otherwise a connection would spin"
        said += found
        if what == "audio":
            clock.audio(now)
        elif what == "alive":
            clock.alive(now)
        assert clock.next_due() > now
    for once in (Due.SESSION_SOON, Due.SESSION_END):
        assert said.count(once) <= 1
    assert (Due.SESSION_END in said) == (now >= limits.session_s)
    if not limits.idle_close_s:
        assert Due.IDLE_CLOSE not in said
