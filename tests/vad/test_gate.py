import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.types import SAMPLE_RATE
from realtime.vad.base import FRAME_SAMPLES
from realtime.vad.gate import GatedDetector
from realtime.vad.silero import SileroDetector
from realtime.vad.webrtc import WebRtcDetector
from realtime.weights.bundled import Sample, samples
from tests.vad.signals import NOISE_S, judge, noises, speech

SPEECH = 0.5


def gated() -> GatedDetector:
    """The gate and the network as the server combines them."""
    return GatedDetector(WebRtcDetector(mode=0, piece_ms=20), SileroDetector())


TALK = np.concatenate([speech(samples()[0], -20), speech(samples()[4], -35)])


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, len(TALK) // FRAME_SAMPLES), max_size=12))
def test_calls_may_be_cut_between_any_frames(cuts: list[int]) -> None:
    detector = gated()
    pieces = np.split(TALK, [cut * FRAME_SAMPLES for cut in sorted(cuts)])
    result = np.concatenate([detector.probabilities(piece) for piece in pieces])
    whole = gated()
    np.testing.assert_allclose(result, judge(whole, TALK, 10**6), atol=1e-5)
    assert detector.judged_frames == whole.judged_frames


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
@pytest.mark.parametrize(
    ("level_db", "noise_db"), [(-40, None), (-20, None), (-3, None), (-40, -50), (-20, -30)]
)
def test_every_word_is_detected(sample: Sample, level_db: float, noise_db: float | None) -> None:
    probabilities = judge(gated(), speech(sample, level_db, noise_db))
    starts = np.flatnonzero(probabilities > SPEECH) * FRAME_SAMPLES / SAMPLE_RATE - 1.0
    # The session keeps 300 ms from before the onset, so the first word is complete.
    assert starts[0] < sample.words[0].start_s + 0.25
    for word in sample.words:
        assert np.any((starts > word.start_s - 0.032) & (starts < word.end_s))


@pytest.mark.parametrize("name", list(noises()))
def test_noise_is_not_speech(name: str) -> None:
    assert judge(gated(), noises()[name]).max() < 0.35


@pytest.mark.parametrize("name", ["digital silence", "white -70 dB", "white -40 dB", "pink -40 dB"])
def test_quiet_audio_hardly_runs_the_network(name: str) -> None:
    detector = gated()
    judge(detector, noises()[name])
    frames = NOISE_S * SAMPLE_RATE / FRAME_SAMPLES
    # WebRTC needs the first half second to learn the noise.
    assert detector.judged_frames <= 0.15 * frames


def test_the_gate_hardly_changes_sileros_results() -> None:
    for level in (-50, -40, -20, -3):
        sound = np.concatenate([speech(sample, level) for sample in samples()])
        alone = judge(SileroDetector(), sound, 100) > SPEECH
        behind = judge(gated(), sound, 100) > SPEECH
        assert np.count_nonzero(alone & ~behind) <= 0.02 * np.count_nonzero(alone)
        # Silero is slightly more sensitive where it starts again: onsets come some frames earlier.
        assert np.count_nonzero(behind & ~alone) <= 0.10 * np.count_nonzero(alone)


def test_a_closed_gate_returns_zero() -> None:
    detector = gated()
    judge(detector, noises()["white -40 dB"])
    before = detector.judged_frames
    quiet = noises()["white -40 dB"][: 31 * FRAME_SAMPLES]
    assert detector.probabilities(quiet).tolist() == [0.0] * 31
    assert detector.judged_frames == before


def test_reset_forgets_the_stream() -> None:
    detector = gated()
    first = judge(detector, TALK)
    np.testing.assert_allclose(judge(detector, TALK), first, atol=1e-5)
    assert detector.probabilities(np.empty(0, np.float32)).shape == (0,)
