"""Remembered voices: a name only where it is sure."""

from __future__ import annotations

import math

import pytest

from realtime.speakers.known import LEAST_S, KnownVoice, names

ENOUGH_S = LEAST_S
KIM = KnownVoice("Kim", (1.0, 0.0))


def heard(degrees: float, voiced_s: float = ENOUGH_S) -> tuple[float, ...]:
    """A speaker whose voice is so far from Kim's."""
    return voiced_s, math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def at(name: str, degrees: float) -> KnownVoice:
    return KnownVoice(name, heard(degrees)[1:])


@pytest.mark.parametrize(
    ("speaker", "found"),
    [
        (heard(20), {0: "Kim"}),
        (heard(60), {}),
        (heard(20, LEAST_S - 0.1), {}),
    ],
    ids=["alike", "unlike", "hardly heard"],
)
def test_who_is_alike_and_heard_enough_has_the_name(
    speaker: tuple[float, ...], found: dict[int, str]
) -> None:
    assert names([speaker], [KIM], 0.8) == found


def test_of_two_that_are_nearly_as_alike_none_is_sure() -> None:
    assert names([heard(10)], [KIM, at("Lee", 20)], 0.8) == {}
    assert names([heard(10)], [KIM, at("Lee", 60)], 0.8) == {0: "Kim"}


def test_one_name_may_have_several_voices_such_as_on_the_telephone() -> None:
    assert names([heard(80)], [KIM, at("Kim", 85)], 0.8) == {0: "Kim"}


def test_speakers_have_their_numbers_and_voices_of_other_networks_are_passed_over() -> None:
    other = KnownVoice("Lee", (1.0, 0.0, 0.0))
    assert names([heard(60), heard(5)], [KIM, other], 0.8) == {1: "Kim"}
    assert names([heard(5)], [], 0.8) == {}
