"""Remembered voices: a speaker is named only where it is sure."""

from __future__ import annotations

import math

import pytest

from realtime.speakers.known import LEAST_S, KnownVoice, names

ENOUGH_S = LEAST_S
KIM = KnownVoice("Kim", (1.0, 0.0))


def heard(degrees: float, voiced_s: float = ENOUGH_S) -> tuple[float, ...]:
    """A speaker whose voice is this far from Kim's."""
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
def test_a_similar_voice_with_enough_speech_gets_the_name(
    speaker: tuple[float, ...], found: dict[int, str]
) -> None:
    assert names([speaker], [KIM], 0.8) == found


def test_between_two_similar_voices_none_is_sure() -> None:
    assert names([heard(10)], [KIM, at("Lee", 20)], 0.8) == {}
    assert names([heard(10)], [KIM, at("Lee", 60)], 0.8) == {0: "Kim"}


def test_one_name_may_have_several_voices_such_as_on_the_telephone() -> None:
    assert names([heard(80)], [KIM, at("Kim", 85)], 0.8) == {0: "Kim"}


def test_speakers_keep_their_numbers_and_voices_of_other_networks_are_ignored() -> None:
    other = KnownVoice("Lee", (1.0, 0.0, 0.0))
    assert names([heard(60), heard(5)], [KIM, other], 0.8) == {1: "Kim"}
    assert names([heard(5)], [], 0.8) == {}
