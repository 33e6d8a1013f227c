"""The model and the recordings that ship with the package."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from faster_whisper import WhisperModel

from realtime.errors import SetupError
from realtime.types import SAMPLE_RATE
from realtime.weights import bundled


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return WhisperModel(
        str(bundled.bundled_dir()), device="cpu", compute_type="int8", local_files_only=True
    )


def test_there_are_recordings_in_both_languages() -> None:
    by_language = dict.fromkeys(("en", "ko"), 0)
    for sample in bundled.samples():
        by_language[sample.language] += 1
    assert min(by_language.values()) >= 4


@pytest.mark.parametrize("sample", bundled.samples(), ids=lambda sample: sample.name)
def test_the_model_writes_every_recording_letter_for_letter(
    model: WhisperModel, sample: bundled.Sample
) -> None:
    segments, info = model.transcribe(sample.read(), beam_size=1, temperature=0.0)
    assert " ".join(segment.text.strip() for segment in segments) == sample.text
    assert info.language == sample.language


@pytest.mark.parametrize("sample", bundled.samples(), ids=lambda sample: sample.name)
def test_words_are_those_of_the_text_at_times_inside_the_audio(sample: bundled.Sample) -> None:
    audio = sample.read()
    assert "".join(word.text for word in sample.words).strip() == sample.text
    assert all(word.start_s < word.end_s for word in sample.words)
    assert all(a.end_s <= b.start_s for a, b in pairwise(sample.words))
    assert sample.words[-1].end_s <= len(audio) / SAMPLE_RATE


@pytest.mark.parametrize("sample", bundled.samples(), ids=lambda sample: sample.name)
def test_words_are_loud_and_their_surroundings_silent(sample: bundled.Sample) -> None:
    audio = sample.read()
    assert audio.dtype == np.float32
    spoken = np.zeros(len(audio), bool)
    for word in sample.words:
        span = slice(round(word.start_s * SAMPLE_RATE), round(word.end_s * SAMPLE_RATE))
        assert np.abs(audio[span]).max() > 0.02
        spoken[span] = True
    margin = round(0.1 * SAMPLE_RATE)  # a sound fades after its marked end
    near = np.convolve(spoken, np.ones(2 * margin + 1), mode="same") > 0.5
    assert np.abs(audio[~near]).max() < 0.02


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"config\.json is missing or damaged: install"):
        bundled.bundled_dir(tmp_path)


@pytest.mark.parametrize("content", ["", "[{}]", '[{"name": "a", "language": "en"}]', "[1]"])
def test_a_damaged_list_of_recordings_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "samples.json").write_text(content)
    with pytest.raises(SetupError, match=r"samples\.json is missing or damaged"):
        bundled.samples(tmp_path)


def test_a_damaged_recording_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    sample = bundled.Sample("broken", "en", broken, "", ())
    with pytest.raises(SetupError, match=r"broken\.wav is missing or damaged"):
        sample.read()
