"""Detection of an undeclared sample rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.live.rate import GUESS_S, SUSPECT_AFTER_S, RateDetector

FRAME = 4


def play(detector: RateDetector, rate: int, seconds: float, frames: int = 4_096) -> bytes:
    """Feed packets in real time while the detector holds them back; → their bytes."""
    given, number = b"", 0
    while detector.guessing and not detector.has_enough_audio and number * frames / rate <= seconds:
        packet = bytes([number % 256]) * (frames * FRAME)
        detector.arrived(len(packet), number * frames / rate)
        detector.hold(packet)
        given += packet
        number += 1
    return given


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@given(frames=st.sampled_from([128, 1_024, 4_096]), jump_s=st.floats(0, 1e6))
def test_a_browsers_rate_is_detected_from_its_packets_without_loss(
    rate: int, frames: int, jump_s: float
) -> None:
    detector = RateDetector(FRAME, browser=True)
    given_audio = play(detector, rate, 10, frames)
    assert detector.has_enough_audio
    assert GUESS_S <= len(given_audio) / FRAME / rate < GUESS_S + 0.5
    guess = detector.settle()
    assert (guess.rate, guess.certain, guess.audio) == (rate, True, given_audio)
    assert f"sample_rate={rate}" in guess.message
    assert not detector.guessing
    assert not detector.holds_audio


def test_an_early_end_is_decided_with_the_available_packets() -> None:
    detector = RateDetector(FRAME, browser=True)
    audio = play(detector, 48_000, 0.5)
    assert not detector.has_enough_audio
    guess = detector.settle()
    assert (guess.rate, guess.audio) == (48_000, audio)


def test_a_single_packet_is_treated_as_16_khz() -> None:
    detector = RateDetector(FRAME, browser=True)
    detector.arrived(400, 0.0)
    detector.hold(b"x" * 400)
    guess = detector.settle()
    assert (guess.rate, guess.certain, len(guess.audio)) == (16_000, False, 400)
    assert "cannot be derived" in guess.message


def test_a_page_that_sends_a_file_is_not_held_back_forever() -> None:
    detector = RateDetector(FRAME, browser=True)
    held = 0
    while not detector.has_enough_audio:
        detector.arrived(1 << 20, 0.001)
        detector.hold(bytes(1 << 20))
        held += 1
    assert held == 2  # 2 MiB are more than 6 s at 48 kHz
    assert not detector.settle().certain


def test_audio_dropped_during_detection_is_not_recognised() -> None:
    detector = RateDetector(FRAME, browser=True)
    play(detector, 44_100, 0.5)
    detector.forget_audio()
    assert not detector.holds_audio
    guess = detector.settle()
    assert (guess.rate, guess.audio) == (44_100, b"")


@pytest.mark.parametrize(
    ("rate", "suspected"),
    [(16_000, None), (44_100, 44_100), (48_000, 48_000), (200_000, None), (20_000, None)],
)
def test_other_clients_are_watched_for_five_seconds(rate: int, suspected: int | None) -> None:
    detector = RateDetector(FRAME, browser=False)
    assert not detector.guessing
    said = []
    for number in range(200):
        now = number * 0.1
        detector.arrived(rate // 10 * FRAME, now)
        found = detector.suspicion()
        if found is not None:
            said.append((found, now >= SUSPECT_AFTER_S))
    assert said == ([] if suspected is None else [(suspected, True)])


def test_a_declared_rate_is_never_doubted() -> None:
    detector = RateDetector(None, browser=True)
    assert not detector.guessing
    for number in range(100):
        detector.arrived(48_000, number * 0.25)
    assert detector.suspicion() is None
    assert not detector.has_enough_audio
