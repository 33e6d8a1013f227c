import numpy as np

from realtime.vad.base import FRAME_SAMPLES, SpeechDetector
from realtime.vad.off import OffDetector


def test_everything_is_speech() -> None:
    detector: SpeechDetector = OffDetector()
    assert detector.probabilities(np.zeros(3 * FRAME_SAMPLES, np.float32)).tolist() == [1, 1, 1]
    detector.reset()
    assert detector.probabilities(np.zeros(0, np.float32)).shape == (0,)
