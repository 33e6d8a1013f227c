"""Sample rates derived from the arrival times of packets."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.live.arrival import CANDIDATES, ArrivalRate

SPAN_S = 1.5


def arrival(rate: int, frames: int, late_s: list[float]) -> ArrivalRate:
    """Feed packets of `frames` recorded at `rate`, delayed by the values of `late_s` in turn."""
    heard, clock, number = ArrivalRate(), 0.0, 0
    while heard.span_s < SPAN_S:
        number += 1
        clock = max(clock, number * frames / rate + late_s[number % len(late_s)])
        heard.receive(frames, clock)
    return heard


@given(
    rate=st.sampled_from(CANDIDATES),
    frames=st.sampled_from([128, 441, 1_600, 4_096]),
    late_s=st.lists(st.floats(0, 0.01), min_size=1, max_size=9),
)
def test_steady_packets_reveal_their_rate(rate: int, frames: int, late_s: list[float]) -> None:
    assert arrival(rate, frames, late_s).guess() == rate


@pytest.mark.parametrize(("mean_s", "most"), [(0.05, 0), (0.15, 6)])
def test_late_packets_rarely_mislead(mean_s: float, most: int) -> None:
    chance = random.Random(1)
    wrong = 0
    for _ in range(400):
        rate = chance.choice(CANDIDATES)
        late = [
            chance.expovariate(1 / mean_s) if chance.random() < 0.2 else chance.random() * 0.01
            for _ in range(40)
        ]
        wrong += arrival(rate, 4_096, late).guess() not in (rate, None)
    assert wrong <= most


@pytest.mark.parametrize("at", [0, 1, 8, 17])
def test_one_packet_that_is_very_late(at: int) -> None:
    late = [0.0] * 40
    late[at] = 0.4
    assert arrival(48_000, 4_096, late).guess() == 48_000


def test_a_file_sent_at_once_reveals_no_rate() -> None:
    heard = ArrivalRate()
    for number in range(100):
        heard.receive(4_096, number * 0.001)
    assert heard.guess() is None


def test_one_packet_reveals_no_rate() -> None:
    heard = ArrivalRate()
    assert heard.guess() is None
    heard.receive(4_096, 3.0)
    assert heard.guess() is None
    heard.receive(4_096, 3.0)
    assert heard.guess() is None
    assert heard.span_s == 0.0
