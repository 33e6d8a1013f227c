"""Finding out a sample rate that nobody said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.live.rate import GUESS_S, SUSPECT_AFTER_S, RateKeeper

FRAME = 4


def play(keeper: RateKeeper, rate: int, seconds: float, frames: int = 4_096) -> bytes:
    """Packets at their pace, as long as they are held back; what was given."""
    given, number = b"", 0
    while keeper.guessing and not keeper.heard_enough and number * frames / rate <= seconds:
        packet = bytes([number % 256]) * (frames * FRAME)
        keeper.arrived(len(packet), number * frames / rate)
        keeper.hold(packet)
        given += packet
        number += 1
    return given


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@given(frames=st.sampled_from([128, 1_024, 4_096]), jump_s=st.floats(0, 1e6))
def test_a_browsers_rate_is_read_off_its_packets_and_nothing_is_lost(
    rate: int, frames: int, jump_s: float
) -> None:
    keeper = RateKeeper(FRAME, browser=True)
    given_audio = play(keeper, rate, 10, frames)
    assert keeper.heard_enough
    assert GUESS_S <= len(given_audio) / FRAME / rate < GUESS_S + 0.5
    guess = keeper.settle()
    assert (guess.rate, guess.certain, guess.audio) == (rate, True, given_audio)
    assert f"sample_rate={rate}" in guess.message
    assert not keeper.guessing
    assert not keeper.holds_audio


def test_an_early_end_is_decided_with_what_there_is() -> None:
    keeper = RateKeeper(FRAME, browser=True)
    audio = play(keeper, 48_000, 0.5)
    assert not keeper.heard_enough
    guess = keeper.settle()
    assert (guess.rate, guess.audio) == (48_000, audio)


def test_one_packet_says_nothing_and_is_taken_as_16_khz() -> None:
    keeper = RateKeeper(FRAME, browser=True)
    keeper.arrived(400, 0.0)
    keeper.hold(b"x" * 400)
    guess = keeper.settle()
    assert (guess.rate, guess.certain, len(guess.audio)) == (16_000, False, 400)
    assert "does not tell" in guess.message


def test_a_page_that_sends_a_file_is_not_held_for_ever() -> None:
    keeper = RateKeeper(FRAME, browser=True)
    held = 0
    while not keeper.heard_enough:
        keeper.arrived(1 << 20, 0.001)
        keeper.hold(bytes(1 << 20))
        held += 1
    assert held == 2  # 6 s at 48 kHz
    assert not keeper.settle().certain


def test_audio_that_was_dropped_while_guessing_is_not_heard() -> None:
    keeper = RateKeeper(FRAME, browser=True)
    play(keeper, 44_100, 0.5)
    keeper.forget_audio()
    assert not keeper.holds_audio
    guess = keeper.settle()
    assert (guess.rate, guess.audio) == (44_100, b"")


@pytest.mark.parametrize(
    ("rate", "suspected"),
    [(16_000, None), (44_100, 44_100), (48_000, 48_000), (200_000, None), (20_000, None)],
)
def test_other_clients_are_watched_for_five_seconds(rate: int, suspected: int | None) -> None:
    keeper = RateKeeper(FRAME, browser=False)
    assert not keeper.guessing
    said = []
    for number in range(200):
        now = number * 0.1
        keeper.arrived(rate // 10 * FRAME, now)
        found = keeper.suspicion()
        if found is not None:
            said.append((found, now >= SUSPECT_AFTER_S))
    assert said == ([] if suspected is None else [(suspected, True)])


def test_a_rate_that_was_said_is_never_doubted() -> None:
    keeper = RateKeeper(None, browser=True)
    assert not keeper.guessing
    for number in range(100):
        keeper.arrived(48_000, number * 0.25)
    assert keeper.suspicion() is None
    assert not keeper.heard_enough
