import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.audio.format import SampleFrames
from realtime.audio.resample import Resampler


def one_shot(frames: SampleFrames, rate: int) -> SampleFrames:
    resampler = Resampler(rate, frames.shape[1])
    return np.concatenate([resampler.process(frames), resampler.flush()])


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from([8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 192_000]),
    channels=st.integers(1, 3),
    sizes=st.lists(st.integers(0, 3000), max_size=12),
    seed=st.integers(0, 9),
)
def test_packets_give_the_same_as_one_call(
    rate: int, channels: int, sizes: list[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    frames = random.uniform(-0.9, 0.9, (sum(sizes), channels)).astype(np.float32)
    resampler = Resampler(rate, channels)
    pieces = [resampler.process(piece) for piece in np.split(frames, np.cumsum(sizes)[:-1])]
    pieces.append(resampler.flush())
    assert np.array_equal(np.concatenate(pieces), one_shot(frames, rate))


@pytest.mark.parametrize("rate", [8000, 24_000, 44_100, 48_000])
def test_a_tone_keeps_its_position_in_time(rate: int) -> None:
    t_in, t_out = np.arange(2 * rate) / rate, np.arange(32_000) / 16_000
    tone = np.sin(2 * np.pi * 440 * t_in).astype(np.float32)[:, None]
    resampled = one_shot(tone, rate)
    assert resampled.shape == (32_000, 1)
    inner = slice(1600, -1600)  # the edges ring, since the tone begins and ends there
    assert np.abs(resampled[inner, 0] - np.sin(2 * np.pi * 440 * t_out)[inner]).max() < 1e-3


def test_16_khz_passes_unchanged() -> None:
    frames = np.arange(6, dtype=np.float32).reshape(3, 2)
    resampler = Resampler(16_000, 2)
    assert resampler.process(frames) is frames
    assert resampler.flush().shape == (0, 2)


def test_channels_are_independent() -> None:
    t = np.arange(48_000) / 48_000
    frames = np.stack([np.sin(2 * np.pi * 300 * t), np.zeros_like(t)], axis=1).astype(np.float32)
    resampled = one_shot(frames, 48_000)
    assert np.all(resampled[:, 1] == 0)
    assert np.abs(resampled[:, 0]).max() > 0.9
