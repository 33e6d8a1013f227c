from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from realtime.audio.format import AudioFormat
from realtime.audio.pcm import PcmDecoder
from realtime.audio.suspicion import SuspicionMeter
from realtime.encodings import Encoding

RATE = 16_000
Float = npt.NDArray[np.float64]


def voice(level: float, seconds: float = 3.0) -> Float:
    """A vowel-like sound: harmonics of a gliding 120 Hz tone with a syllable rhythm, plus noise."""
    t = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(3 * t)) / RATE
    harmonics = sum(np.sin(k * phase) / k for k in range(1, 12))
    rhythm = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * t)
    noise = np.random.default_rng(1).normal(0, 0.01, len(t))
    sound = harmonics * rhythm + noise
    return np.asarray(level * sound / np.abs(sound).max())


def packets(data: bytes, size: int = 6400) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def codes(encoding: Encoding, data: bytes, channels: int = 1) -> list[str]:
    """The problems that a decoder of this encoding finds in these bytes."""
    decoder = PcmDecoder(AudioFormat(encoding, RATE, channels))
    found: list[str] = []
    for packet in packets(data):
        decoder.decode(packet)
        found += [finding.code for finding in decoder.findings()]
    decoder.finish()
    return found + [finding.code for finding in decoder.findings()]


def as_f32(samples: Float) -> bytes:
    return samples.astype("<f4").tobytes()


def as_s16(samples: Float) -> bytes:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def as_s32(samples: Float) -> bytes:
    return np.clip(samples * 2.0**31, -(2**31), 2**31 - 1).astype("<i4").tobytes()


LEVELS = [0.0, 0.0005, 0.01, 0.1, 0.5, 0.95]


@pytest.mark.parametrize("level", LEVELS)
def test_audio_in_its_stated_encoding_raises_no_suspicion(level: float) -> None:
    sound = voice(level)
    assert codes("f32le", as_f32(sound)) == []
    assert codes("s16le", as_s16(sound)) == []
    assert codes("s32le", as_s32(sound)) == []
    stereo = np.stack([sound, np.roll(sound, 999)], axis=1).ravel()
    assert codes("s16le", as_s16(stereo), channels=2) == []


def test_loud_noise_and_tones_raise_no_suspicion() -> None:
    noise = np.random.default_rng(2).uniform(-1, 1, 3 * RATE)
    tone = 0.9 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE)
    for sound in (noise, tone):
        assert codes("f32le", as_f32(sound)) == []
        assert codes("s16le", as_s16(sound)) == []


@pytest.mark.parametrize("level", LEVELS[2:])
def test_integers_read_as_floats_are_noticed(level: float) -> None:
    assert codes("f32le", as_s16(voice(level))) == ["s16_as_f32"]
    assert codes("f32le", as_s32(voice(level))) == ["s16_as_f32"]


@pytest.mark.parametrize("level", LEVELS[2:])
def test_floats_read_as_integers_are_noticed(level: float) -> None:
    found = codes("s16le", as_f32(voice(level)))
    assert found[0] == "f32_as_s16"


def test_floats_on_the_scale_of_integers_are_noticed() -> None:
    assert codes("f32le", as_f32(voice(0.3) * 32768)) == ["too_loud"]


def test_clipping_is_noticed() -> None:
    clipped = np.clip(voice(4.0), -1, 1)
    assert codes("f32le", as_f32(clipped)) == ["clipping"]
    assert codes("s16le", as_s16(clipped)) == ["clipping"]
    assert codes("s32le", as_s32(clipped)) == ["clipping"]


def test_a_few_bad_samples_are_reported_even_in_a_short_stream() -> None:
    sound = voice(0.3, seconds=0.2)
    sound[100] = np.nan
    assert codes("f32le", as_f32(sound)) == ["not_finite"]


@pytest.mark.parametrize("share", [0.6, 1.0])
def test_many_nan_are_a_broken_client_not_another_encoding(share: float) -> None:
    sound = np.full(16_000, 0.1, np.float32)
    sound[: int(share * len(sound))] = np.nan
    assert codes("f32le", as_f32(np.random.default_rng(1).permutation(sound))) == ["not_finite"]


def test_each_suspicion_is_reported_once_and_names_the_key_to_set() -> None:
    meter = SuspicionMeter(RATE)
    wild = np.tile(np.array([np.nan, 1e-30], np.float32), RATE // 2)
    for _ in range(3):
        meter.tidy_floats(wild.copy())
    findings = meter.findings()
    assert [finding.code for finding in findings] == ["s16_as_f32"]
    assert "encoding=s16le" in findings[0].message
    assert meter.findings() == []
    assert meter.replaced == 3 * RATE // 2


def test_denormal_numbers_do_not_reach_the_filters() -> None:
    values = np.array([1e-30, -1e-39, 0.0], np.float32)
    SuspicionMeter(RATE).tidy_floats(values)
    assert values.tolist() == [0.0, 0.0, 0.0]
