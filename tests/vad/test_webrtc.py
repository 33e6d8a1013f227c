import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.vad.base import FRAME_SAMPLES
from realtime.vad.webrtc import PieceMs, WebRtcDetector
from realtime.weights.bundled import samples
from tests.vad.signals import judge, noises, speech

SAID = speech(samples()[0], -20)
PIECES: list[PieceMs] = [10, 20, 30]


@settings(max_examples=30, deadline=None)
@given(
    piece_ms=st.sampled_from(PIECES),
    cuts=st.lists(st.integers(0, len(SAID) // FRAME_SAMPLES), max_size=8),
)
def test_calls_may_be_cut_between_any_frames(piece_ms: PieceMs, cuts: list[int]) -> None:
    detector = WebRtcDetector(piece_ms=piece_ms)
    pieces = np.split(SAID, [cut * FRAME_SAMPLES for cut in sorted(cuts)])
    result = np.concatenate([detector.probabilities(piece) for piece in pieces])
    whole = judge(WebRtcDetector(piece_ms=piece_ms), SAID, 10**6)
    assert np.array_equal(result, whole)


@pytest.mark.parametrize("piece_ms", PIECES)
def test_words_are_speech_and_silence_is_not(piece_ms: PieceMs) -> None:
    detector = WebRtcDetector(piece_ms=piece_ms)
    probabilities = judge(detector, SAID)
    second = 16_000 // FRAME_SAMPLES
    assert np.all(probabilities[: second // 2] == 0)
    assert np.mean(probabilities[second + 13 : -2 * second] > 0.5) > 0.7
    assert np.all(judge(detector, noises()["digital silence"]) == 0)


def test_full_scale_does_not_wrap_around() -> None:
    detector = WebRtcDetector()
    loud = np.where(np.arange(8 * FRAME_SAMPLES) // 40 % 2, 1.5, -1.5).astype(np.float32)
    within = np.clip(loud, -1, 1)
    assert np.array_equal(judge(detector, loud), judge(detector, within))


def test_reset_forgets_the_stream() -> None:
    detector = WebRtcDetector(piece_ms=30)
    first = judge(detector, SAID)
    assert np.array_equal(judge(detector, SAID), first)
