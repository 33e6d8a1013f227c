"""FLAC keeps every 16-bit sample."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.backends.flac import BLOCK, flac
from realtime.weights.bundled import samples


def decoded(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data), "r") as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.int16)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3 * BLOCK), st.integers(0, 2**32 - 1))
def test_audio_of_any_length_is_restored(length: int, seed: int) -> None:
    audio = np.random.default_rng(seed).uniform(-1.1, 1.1, length).astype(np.float32)
    expected = np.clip(np.rint(audio * 32768.0), -32768, 32767).astype(np.int16)
    assert np.array_equal(decoded(flac(audio)), expected)


@pytest.mark.parametrize("seconds", [30])
def test_a_whole_window_is_far_below_the_providers_limit(seconds: int) -> None:
    speech = np.tile(samples()[0].read(), 20)[: seconds * 16_000]
    assert len(flac(speech)) < 0.8 * 2 * len(speech) < 25e6
