"""Mixing channels: their mean, except where the channels cancel each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.audio.format import AudioFormat, SampleFrames
from realtime.audio.intake import AudioIntake
from realtime.audio.mixdown import BLOCK_S, Mixer, mean
from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import samples

BLOCK = round(BLOCK_S * SAMPLE_RATE)


def voice(name: str = "en-hello") -> Samples:
    return next(sample for sample in samples() if sample.name == name).read()


def noise(count: int, level: float, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).normal(0, level, count).astype(np.float32)


def sides(*channels: Samples) -> SampleFrames:
    return np.stack(channels, axis=1).astype(np.float32)


def mixed(
    frames: SampleFrames, packet: int = 1600, rate: int = SAMPLE_RATE
) -> tuple[Samples, bool]:
    """Returns the mixed audio, and whether the channels were found to cancel each other."""
    mixer = Mixer()
    heard = [mixer.process(frames[at : at + packet], rate) for at in range(0, len(frames), packet)]
    return np.concatenate(heard)[:, 0], mixer.cancels


def level(audio: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(audio))))


@pytest.mark.parametrize("gain", [-1.0, -0.5, -2.0])
@pytest.mark.parametrize("hiss", [0.0, 0.002])
def test_of_channels_that_cancel_the_louder_one_is_used(gain: float, hiss: float) -> None:
    said = voice()
    left = said + noise(len(said), hiss, 1)
    right = gain * said + noise(len(said), hiss, 2)
    heard, cancels = mixed(sides(left, right))
    assert cancels
    first = int(np.flatnonzero(np.abs(said) > 0.01)[0])
    louder = right if abs(gain) > 1 else left
    behind = slice(first + 3 * BLOCK, None)
    assert level(heard[behind] - louder[behind]) < 0.02 * level(louder) + 2 * hiss


@pytest.mark.parametrize(
    "right",
    [
        lambda said: said,
        lambda said: np.zeros_like(said),
        lambda said: 0.3 * said,
        lambda said: -0.2 * said,
        lambda said: np.roll(said, 200),
        lambda said: np.resize(voice("en-timer"), len(said)),
        lambda said: np.where(np.arange(len(said)) < len(said) // 2, 0, said),
    ],
    ids=["alike", "silent", "quieter", "leaking", "late", "somebody else", "joining in"],
)
def test_channels_that_do_not_cancel_give_their_mean(right) -> None:  # type: ignore[no-untyped-def]
    frames = sides(voice(), right(voice()))
    heard, cancels = mixed(frames)
    assert not cancels
    different = np.abs(heard - mean(frames)[:, 0]) > 1e-6
    assert different.mean() < 0.01


@settings(max_examples=30, deadline=None)
@given(packet=st.integers(1, 9000), rate=st.sampled_from([8000, 16_000, 44_100]))
def test_the_split_into_packets_changes_nothing(packet: int, rate: int) -> None:
    said = voice()[: SAMPLE_RATE * 2]
    turned = np.where(np.arange(len(said)) < SAMPLE_RATE, -said, said)
    frames = sides(said, turned, 0.1 * said)
    whole, _ = mixed(frames, len(frames), rate)
    split, _ = mixed(frames, max(packet, 100), rate)
    assert np.array_equal(whole, split)


def test_a_hum_of_opposite_phase_loses_no_word() -> None:
    """Two ends of a call, one after the other, and the hum of the mains on both, inverted on
    one."""
    one, other = voice("en-hello"), voice("en-timer")
    time_s = np.arange(len(one) + len(other) + 4 * SAMPLE_RATE) / SAMPLE_RATE
    hum = (0.01 * np.sin(2 * np.pi * 50 * time_s)).astype(np.float32)
    left, right = hum.copy(), -hum
    left[2 * SAMPLE_RATE :][: len(one)] += one
    right[-len(other) - SAMPLE_RATE :][: len(other)] += other
    heard, _ = mixed(sides(left, right))
    clean = mean(sides(left, right))[:, 0]
    for begin, said in ((2 * SAMPLE_RATE, one), (len(clean) - len(other) - SAMPLE_RATE, other)):
        loud = begin + int(np.flatnonzero(np.abs(said) > 0.05)[0]) + 3 * BLOCK
        part = slice(loud, begin + len(said))
        assert level(heard[part] - clean[part]) < 0.1 * level(clean[part])


def test_the_mean_returns_without_a_click_when_the_channels_agree_again() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 200 * np.arange(12 * SAMPLE_RATE) / SAMPLE_RATE)).astype("f4")
    inverted = np.arange(len(tone)) // (4 * SAMPLE_RATE) == 1
    frames = sides(tone, np.where(inverted, -tone, tone))
    heard, cancels = mixed(frames)
    assert cancels
    assert np.abs(heard[-SAMPLE_RATE:] - tone[-SAMPLE_RATE:]).max() < 1e-6
    # A mean falls silent where one channel is inverted; then the audio is faded in.
    steps = np.abs(np.diff(heard))
    steps[4 * SAMPLE_RATE - 1] = steps[8 * SAMPLE_RATE - 1] = 0.0
    assert steps.max() < 2 * np.abs(np.diff(tone)).max()


def test_another_channel_is_used_only_where_it_is_much_better() -> None:
    said = np.tile(voice(), 3)
    third = len(said) // 3
    gains = np.ones(len(said), np.float32)
    gains[third : 2 * third], gains[2 * third :] = 1.5, 3.0
    heard, _ = mixed(sides(0.04 * said, -0.04 * said * gains))
    middle, end = slice(third + 9000, 2 * third), slice(len(said) - 9000, None)
    assert level(heard[middle] - 0.04 * said[middle]) < 1e-3
    assert level(heard[end] + 0.12 * said[end]) < 1e-3


def test_silence_and_a_single_channel_change_nothing() -> None:
    heard, cancels = mixed(np.zeros((SAMPLE_RATE, 2), np.float32))
    assert not heard.any()
    assert not cancels
    mono = voice()[:, None]
    assert np.array_equal(mixed(mono)[0], mono[:, 0])
    assert Mixer().process(np.zeros((0, 2), np.float32), SAMPLE_RATE).shape == (0, 1)


def test_a_stream_warns_once_and_its_words_are_recognised() -> None:
    said = voice()
    data = (np.clip(sides(said, -said), -1, 1) * 32767).astype("<i2").tobytes()
    intake = AudioIntake(AudioFormat("s16le", channels=2))
    heard, found = [], []
    for at in range(0, len(data), 6400):
        heard += intake.receive(data[at : at + 6400])
        found += intake.findings()
    intake.close()
    assert [one.code for one in found] == ["sides_cancel"]
    assert level(np.concatenate(heard)) > 0.9 * level(said)
