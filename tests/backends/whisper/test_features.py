from __future__ import annotations

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.backends.whisper.features import HOP_SAMPLES, LogMel, mel_filters


@pytest.mark.parametrize("n_mels", [80, 128])
def test_the_filters_are_those_of_whisper(n_mels: int) -> None:
    theirs = FeatureExtractor(feature_size=n_mels).mel_filters
    np.testing.assert_allclose(mel_filters(n_mels), theirs, atol=1e-8)


@settings(max_examples=40)
@given(
    samples=st.integers(0, 5 * 16000),
    frames=st.sampled_from([200, 400, 401]),
    loudness=st.sampled_from([0.0, 1e-4, 0.1, 1.0]),
    n_mels=st.sampled_from([80, 128]),
)
def test_features_equal_faster_whispers_with_silence_appended(
    samples: int, frames: int, loudness: float, n_mels: int
) -> None:
    rng = np.random.default_rng(samples)
    audio = (rng.standard_normal(samples) * loudness).astype(np.float32)
    heard = audio[: frames * HOP_SAMPLES]
    padded = np.pad(heard, (0, frames * HOP_SAMPLES - len(heard)))
    theirs = FeatureExtractor(feature_size=n_mels)(padded, padding=0)
    ours = LogMel(n_mels)(audio, frames)
    assert ours.shape == theirs.shape == (n_mels, frames)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_features_are_written_in_place() -> None:
    out = np.full((80, 400), 9.0, np.float32)
    assert LogMel(80)(np.zeros(1600, np.float32), 400, out=out) is out
    assert out.max() < 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's own warning on the way to the error
def test_audio_that_is_not_finite_is_refused(value: float) -> None:
    audio = np.zeros(1600, np.float32)
    audio[800] = value
    with pytest.raises(ValueError, match="NaN"):
        LogMel(80)(audio, 400)
