"""Clients that guess keys wait longer and longer, and others do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.server.wrong_keys import (
    FIRST_WAIT_S,
    FORGET_S,
    FREE_GUESSES,
    LONGEST_WAIT_S,
    REPORT_S,
    WrongKeyLimits,
    WrongKeyReport,
    WrongKeys,
)

ONE, OTHER = "192.0.2.1", "192.0.2.2"


def mistyped(count: int, found: WrongKeys | None = None, address: str = ONE) -> WrongKeys:
    found = found or WrongKeys()
    for _ in range(count):
        found.wrong(address, 0.0)
    return found


def test_a_few_wrong_keys_are_free() -> None:
    found = mistyped(FREE_GUESSES)
    assert found.wait_s(ONE, 0.0) == 0
    found.wrong(ONE, 0.0)
    assert found.wait_s(ONE, 0.0) == FIRST_WAIT_S
    assert found.wait_s(OTHER, 0.0) == 0
    assert found.wait_s(ONE, FIRST_WAIT_S) == 0


def test_each_further_wrong_key_doubles_the_wait_up_to_a_minute() -> None:
    found, now_s, waits = mistyped(FREE_GUESSES), 0.0, []
    for _ in range(30):
        found.wrong(ONE, now_s)
        waits.append(found.wait_s(ONE, now_s))
        now_s += waits[-1]
    assert waits[:7] == [1, 2, 4, 8, 16, 32, LONGEST_WAIT_S]
    assert set(waits[7:]) == {LONGEST_WAIT_S}


def test_tries_while_waiting_do_not_prolong_the_wait() -> None:
    found = mistyped(FREE_GUESSES + 1)
    for _ in range(100):
        found.wrong(ONE, 0.5)
    assert found.wait_s(ONE, 0.5) == FIRST_WAIT_S - 0.5


def test_after_a_quiet_time_the_count_starts_again() -> None:
    found = mistyped(FREE_GUESSES + 1)
    found.wrong(ONE, 2 * FORGET_S)
    assert found.wait_s(ONE, 2 * FORGET_S) == 0


def test_right_keys_of_an_address_are_remembered() -> None:
    found = WrongKeys(WrongKeyLimits(most_friends=2))
    assert not found.is_friend(ONE, "a")
    for owner in ("a", "b", "a", "c"):
        found.right(ONE, owner)
    assert [found.is_friend(ONE, owner) for owner in "abc"] == [True, False, True]
    assert not found.is_friend(OTHER, "a")


def test_the_log_names_the_busiest_guesser_once_a_minute() -> None:
    found = WrongKeys()
    assert found.wrong(OTHER, 0.0) == WrongKeyReport(OTHER, 1, 1)
    assert [found.wrong(ONE, REPORT_S / 2) for _ in range(5)] == [None] * 5
    assert found.wrong(OTHER, REPORT_S) == WrongKeyReport(ONE, 6, 2)
    assert found.wrong(OTHER, REPORT_S + 1) is None


def test_memory_is_bounded() -> None:
    found = mistyped(FREE_GUESSES + 1, WrongKeys(WrongKeyLimits(most_addresses=3)))
    found.wrong(OTHER, 0.0)
    for number in range(3):
        found.wrong(f"198.51.100.{number}", 0.0)
    assert found.wait_s(ONE, 0.0) == 0, "the quietest was forgotten"
    report = found.wrong(ONE, REPORT_S)
    assert report is not None
    assert report.addresses == 3


@given(st.lists(st.tuples(st.sampled_from([ONE, OTHER]), st.floats(0, 100)), max_size=60))
def test_nobody_waits_longer_than_the_longest(steps: list[tuple[str, float]]) -> None:
    found, now_s = WrongKeys(), 0.0
    for address, pause_s in steps:
        now_s += pause_s
        found.wrong(address, now_s)
        assert 0 <= found.wait_s(address, now_s) <= LONGEST_WAIT_S
