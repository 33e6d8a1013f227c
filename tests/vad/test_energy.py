import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.types import SAMPLE_RATE
from realtime.vad.base import FRAME_SAMPLES
from realtime.vad.energy import EnergyDetector
from realtime.weights.bundled import samples
from tests.vad.signals import judge, noises, speech

SAID = speech(samples()[0], -20, noise_db=-50)


@given(cuts=st.lists(st.integers(0, len(SAID) // FRAME_SAMPLES), max_size=8))
def test_calls_may_be_cut_between_any_frames(cuts: list[int]) -> None:
    detector = EnergyDetector()
    pieces = np.split(SAID, [cut * FRAME_SAMPLES for cut in sorted(cuts)])
    result = np.concatenate([detector.probabilities(piece) for piece in pieces])
    assert np.array_equal(result, judge(EnergyDetector(), SAID, 10**6))


def test_words_stand_out_of_the_noise() -> None:
    sample = samples()[0]
    probabilities = judge(EnergyDetector(), SAID)
    for word in sample.words:
        first = int((1 + word.start_s) * SAMPLE_RATE) // FRAME_SAMPLES
        last = int((1 + word.end_s) * SAMPLE_RATE) // FRAME_SAMPLES
        assert probabilities[first : last + 1].max() > 0.5
    assert probabilities[: SAMPLE_RATE // FRAME_SAMPLES].max() < 0.5


@pytest.mark.parametrize("name", ["digital silence", "white -20 dB", "hum -20 dB"])
def test_a_steady_sound_is_no_speech(name: str) -> None:
    assert judge(EnergyDetector(), noises()[name]).max() < 0.5


def test_a_lasting_noise_becomes_the_floor() -> None:
    noise = noises()["white -20 dB"]
    quiet = np.zeros(4 * SAMPLE_RATE, np.float32)
    detector = EnergyDetector()
    judge(detector, quiet[: len(quiet) // FRAME_SAMPLES * FRAME_SAMPLES])
    probabilities = detector.probabilities(noise)
    assert probabilities[0] > 0.5
    assert probabilities[4 * SAMPLE_RATE // FRAME_SAMPLES :].max() < 0.5


def test_reset_forgets_the_floor() -> None:
    detector = EnergyDetector()
    first = judge(detector, SAID)
    assert np.array_equal(judge(detector, SAID), first)
    assert detector.probabilities(np.empty(0, np.float32)).shape == (0,)
