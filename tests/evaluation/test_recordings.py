"""Recordings, single and joined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from realtime.audio.files import Decoders
from realtime.errors import NotAudio
from realtime.evaluation.recordings import (
    MARGIN,
    Recording,
    audio,
    joined,
    speech,
    unpaused,
)
from realtime.types import SAMPLE_RATE, Samples
from realtime.vad.base import FRAME_SAMPLES
from realtime.vad.energy import EnergyDetector
from tests.voices import as_wav


def tone(seconds: float) -> Samples:
    time_s = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.3 * np.sin(2 * np.pi * 300 * time_s)).astype(np.float32)


def still(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(as_wav(tone(6)))  # more than a block
    (tmp_path / "b.wav").write_bytes(b"no audio")
    decoders = Decoders()
    try:
        heard = audio(decoders, tmp_path / "a.wav")
        assert heard == pytest.approx(tone(6), abs=1e-3)
        assert len(audio(decoders, tone(6))) == 6 * SAMPLE_RATE
        with pytest.raises(NotAudio):
            audio(decoders, tmp_path / "b.wav")
    finally:
        decoders.close()


def test_speech_is_found_and_pauses_are_removed() -> None:
    sound = np.concatenate([still(1), tone(1), still(1), tone(1), still(1)])
    runs = speech(sound, EnergyDetector())
    assert len(runs) >= 2
    assert runs[0][0] == pytest.approx(SAMPLE_RATE, abs=4 * FRAME_SAMPLES)
    assert len(speech(sound, EnergyDetector(), gap=2 * SAMPLE_RATE)) == 1
    assert len(unpaused(sound, EnergyDetector())) < 3 * SAMPLE_RATE + 4 * MARGIN
    assert not len(unpaused(still(1), EnergyDetector()))


def test_recordings_are_joined_by_language_and_length() -> None:
    found = [
        Recording("a", "en", tone(2), "one"),
        Recording("b", "en", tone(2), "two"),
        Recording("c", "ko", tone(2), "셋"),
        Recording("d", "ko", tone(9), "넷"),
        Recording("e", "ko", tone(9), "다섯"),
    ]
    made = list(joined(found, 0.5, "apart", longest_s=12))
    assert [(one.name, one.reference, one.parts) for one in made] == [
        ("en apart 1", "one two", 2),
        ("ko apart 2", "셋 넷", 2),
        ("ko apart 3", "다섯", 1),
    ]
    assert made[0].duration_s == 5.0
    assert list(joined([], 1.0, "apart")) == []
    halved = list(joined(found[:1], 0.0, "half", lambda samples: samples[::2]))
    assert halved[0].duration_s == 1.0
