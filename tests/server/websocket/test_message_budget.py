"""The message budget of a connection: real clients never reach it, single bytes exhaust it."""

from __future__ import annotations

import pytest

from realtime.server.websocket.message_budget import (
    DEAR_COST,
    MOST_SAVED,
    PACE,
    PACE_BURST,
    PACE_STEP,
    REFILL,
    TEXT_COST,
    MessageBudget,
)


def frames(allowance: MessageBudget, rate: float, audio_bytes: int, seconds: float) -> bool:
    """Send `rate` frames a second, or as fast as allowed; → whether the budget was exceeded."""
    now, sent = 0.0, 0
    while now < seconds and not allowance.exceeded:
        now = max(now + allowance.pause_s(now), sent / rate)
        if not allowance.pause_s(now):
            allowance.frame(audio_bytes)
            sent += 1
    return allowance.exceeded


@pytest.mark.parametrize(
    ("rate", "audio_bytes"),
    [(375, 256), (50, 160), (100, 80), (1_500, 160), (1e9, 640), (REFILL / 2, 0)],
    ids=["worklet", "telephone", "10 ms", "30 telephones", "a file", "signs of life"],
)
def test_ordinary_clients_never_exceed_the_budget(rate: float, audio_bytes: int) -> None:
    assert not frames(MessageBudget(0.0), rate, audio_bytes, 60)


@pytest.mark.parametrize("audio_bytes", [0, 1, 40])
def test_tiny_messages_exceed_the_budget_after_some_seconds(audio_bytes: int) -> None:
    assert frames(MessageBudget(0.0), 50_000, audio_bytes, 40)


def test_frames_are_throttled() -> None:
    allowance = MessageBudget(0.0)
    for _ in range(PACE_BURST):
        assert allowance.pause_s(0.0) == 0
        allowance.frame(1_000)
    pause_s = allowance.pause_s(0.0)
    assert pause_s == pytest.approx(PACE_STEP / PACE)
    for _ in range(PACE_STEP):
        assert allowance.pause_s(pause_s) == 0
        allowance.frame(1_000)
    assert allowance.pause_s(pause_s) > 0
    assert allowance.pause_s(-5.0) > 0
    assert allowance.pause_s(1.0) == 0, "a clock that went back takes nothing away"


def test_messages_cost_more_than_their_frames() -> None:
    for cost in (TEXT_COST, DEAR_COST):
        allowance = MessageBudget(0.0)
        for _ in range(MOST_SAVED // cost):
            allowance.spend(cost)
        assert not allowance.exceeded
        allowance.spend(cost)
        assert allowance.exceeded
        allowance.pause_s(cost / REFILL)
        assert not allowance.exceeded
