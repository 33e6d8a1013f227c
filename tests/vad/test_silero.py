import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import realtime.vad.silero as silero_module
from realtime.errors import LoadFailed
from realtime.vad.base import FRAME_SAMPLES
from realtime.vad.silero import SileroDetector, model_path
from realtime.weights.bundled import samples
from tests.vad.signals import judge, noises, speech

SAID = speech(samples()[0], -20)


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, len(SAID) // FRAME_SAMPLES), max_size=8))
def test_calls_may_be_cut_between_any_frames(cuts: list[int]) -> None:
    detector = SileroDetector()
    pieces = np.split(SAID, [cut * FRAME_SAMPLES for cut in sorted(cuts)])
    result = np.concatenate([detector.probabilities(piece) for piece in pieces])
    # Equal to the bit on the machines that were tried; other processors may differ in the last bit.
    np.testing.assert_allclose(result, judge(SileroDetector(), SAID, 10**6), atol=1e-5)


def test_long_input_is_processed_in_parts() -> None:
    long = np.tile(SAID, 4)
    assert len(long) // FRAME_SAMPLES > silero_module._MAX_FRAMES
    parts, whole = judge(SileroDetector(), long, 7), judge(SileroDetector(), long, 10**6)
    np.testing.assert_allclose(parts, whole, atol=1e-5)


def test_streams_are_independent() -> None:
    one, other = SileroDetector(), SileroDetector()
    step = 5 * FRAME_SAMPLES
    results = []
    for at in range(0, len(SAID), step):
        results.append(one.probabilities(SAID[at : at + step]))
        other.probabilities(noises()["white -20 dB"][:step])
    np.testing.assert_allclose(np.concatenate(results), judge(SileroDetector(), SAID), atol=1e-5)


def test_reset_forgets_the_stream() -> None:
    detector = SileroDetector()
    first = judge(detector, SAID)
    np.testing.assert_allclose(judge(detector, SAID), first, atol=1e-5)
    assert detector.probabilities(np.empty(0, np.float32)).shape == (0,)


def test_a_missing_network_is_reported_in_a_sentence() -> None:
    with pytest.raises(LoadFailed, match="vad=webrtc"):
        model_path("assets/none.onnx")


def test_the_network_is_found_without_importing_faster_whisper() -> None:
    code = (
        "import sys, realtime.vad.silero as s; s.SileroDetector(); "
        "sys.exit('faster_whisper' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
