"""Keys: valid ones have an owner, invalid ones are counted and delayed."""

from __future__ import annotations

import pytest

from realtime.errors import LimitReached, Unauthorized
from realtime.keys.holder import NOBODY, owner_of
from realtime.server.keys import Keyring
from realtime.server.wrong_keys import FIRST_WAIT_S, FREE_GUESSES
from tests.engine.support import Clock

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Door:
    """A keyring with two keys and its own clock."""

    def __init__(self) -> None:
        self.clock, self.wrong = Clock(), 0
        self.keys = Keyring(("first", "second"), self._count, lambda: self.clock.now)

    def _count(self) -> None:
        self.wrong += 1

    def guess(self, address: str = HERE, times: int = FREE_GUESSES + 1) -> None:
        for number in range(times):
            with pytest.raises(Unauthorized):
                self.keys.check(f"guess {number}", address)


@pytest.fixture
def door() -> Door:
    return Door()


def test_the_owner_of_a_key_does_not_reveal_the_key(door: Door) -> None:
    first, second = door.keys.check("first", HERE), door.keys.check("second", HERE)
    assert first == owner_of("first") != second
    assert "first" not in first
    assert Keyring(()).check("anything", HERE) == NOBODY


def test_a_guesser_waits_even_with_a_right_key(door: Door) -> None:
    door.guess()
    with pytest.raises(LimitReached) as refused:
        door.keys.check("first", HERE)
    assert refused.value.retry_after_s == FIRST_WAIT_S
    door.clock.now += FIRST_WAIT_S
    assert door.keys.check("first", HERE) == owner_of("first")


def test_other_addresses_and_known_keys_do_not_wait(door: Door) -> None:
    door.keys.check("first", HERE)
    door.guess()
    door.keys.check("first", HERE)
    door.keys.check("second", THERE)
    with pytest.raises(LimitReached):
        door.keys.check("second", HERE)


def test_wrong_keys_are_counted_and_missing_ones_are_not(door: Door) -> None:
    for _ in range(3 * FREE_GUESSES):
        with pytest.raises(Unauthorized):
            door.keys.check(None, HERE)
    assert door.wrong == 0
    door.guess()
    with pytest.raises(LimitReached):
        door.keys.check("another", HERE)
    with pytest.raises(Unauthorized):
        door.keys.check("", HERE)
    assert door.wrong == FREE_GUESSES + 2


def test_half_a_character_is_a_wrong_key(door: Door) -> None:
    with pytest.raises(Unauthorized):
        door.keys.check("\udc80", HERE)
