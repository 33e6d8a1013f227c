"""Delays between tries to connect."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from realtime.client import Backoff


@given(st.integers(), st.integers(1, 100))
def test_delays_grow_to_a_limit_and_are_never_zero(seed: int, tries: int) -> None:
    backoff = Backoff(0.25, 8.0, 10_000, random.Random(seed))
    for n in range(tries):
        delay = backoff.next_delay(0.0)
        assert delay is not None
        assert min(8.0, 0.25 * 2.0**n) / 2 <= delay <= min(8.0, 0.25 * 2.0**n)


def test_the_servers_retry_after_is_the_minimum() -> None:
    assert Backoff().next_delay(0.0, at_least_s=5.0) == 5.0


def test_it_gives_up_after_some_time_and_starts_anew_after_a_success() -> None:
    backoff = Backoff(give_up_s=10)
    assert backoff.next_delay(100.0) is not None
    assert backoff.next_delay(109.0) is not None
    assert backoff.next_delay(111.0) is None
    backoff.succeeded()
    assert backoff.next_delay(200.0) is not None


def test_many_clients_do_not_return_at_the_same_time() -> None:
    delays = {Backoff(chance=random.Random(n)).next_delay(0.0) for n in range(50)}
    assert len(delays) == 50
