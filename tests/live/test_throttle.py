"""The rate of reading a stream: live audio never waits, audio faster than real time does."""

from __future__ import annotations

import math

import pytest

from realtime.live.throttle import BACKLOG_S, INTAKE_BURST_S, INTAKE_PACE, SLOW_PACE, IntakeThrottle


def test_live_audio_never_waits() -> None:
    brake = IntakeThrottle(600, 5.0, 0.0)
    for packet in range(1, 20_000):
        now = packet / 10
        brake.took(6_400, 5.0 + now, 0.5, now)
        assert brake.wait_s(0.5, now) == 0


def test_silence_faster_than_the_limit_is_throttled() -> None:
    brake, now, audio_s = IntakeThrottle(600, 0.0, 0.0), 0.0, 0.0
    while audio_s < 1_000:
        audio_s += 1
        brake.took(64_000, audio_s, 0.0, now)
        now += brake.wait_s(0.0, now)
    assert now == pytest.approx((1_000 - INTAKE_BURST_S) / INTAKE_PACE, rel=0.01)


def test_a_stream_behind_the_model_is_read_slowly_and_then_not_at_all() -> None:
    brake = IntakeThrottle(600, 0.0, 0.0)
    brake.took(SLOW_PACE, 1.0, BACKLOG_S + 1, 0.0)
    assert brake.wait_s(BACKLOG_S + 1, 0.0) == 1
    assert brake.wait_s(BACKLOG_S + 1, 0.25) == 0.75
    assert brake.wait_s(BACKLOG_S + 1, 1.0) == 0
    assert brake.wait_s(BACKLOG_S, 0.0) == 0, "the model caught up"
    assert math.isinf(brake.wait_s(600, 1.0))
