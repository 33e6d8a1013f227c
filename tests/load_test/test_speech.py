"""Generated audio: different for every request, of the requested length, with known words."""

from __future__ import annotations

import io
import pickle
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import SetupError
from realtime.load_test.speech import (
    TAIL_S,
    AudioSource,
    Noise,
    Recombined,
    SpeechFolder,
    SpokenSentences,
    open_source,
)
from realtime.load_test.synthetic.speech import missing_programs
from realtime.types import SAMPLE_RATE
from tests.e2e.support import SAMPLES

SECONDS = 8.0
needs_speech = pytest.mark.skipif(
    "espeak-ng" in missing_programs(), reason="needs espeak-ng: apt install espeak-ng"
)
SOURCES: list[AudioSource] = [
    Noise(SECONDS, 0),
    Recombined("en", SECONDS, 0),
    Recombined("ko", SECONDS, 0),
]


@pytest.mark.parametrize("source", SOURCES, ids=repr)
def test_every_request_has_its_own_audio(source: AudioSource) -> None:
    made = [source.make(number) for number in range(4)]
    assert len({item.samples.tobytes() for item in made}) == 4
    for number, item in enumerate(made):
        assert item.number == number
        assert item.samples.dtype == np.float32
        assert item.duration_s == pytest.approx(SECONDS, abs=1e-3)
        assert np.abs(item.samples).max() <= 1.0
    again = pickle.loads(pickle.dumps(source)).make(2)
    np.testing.assert_array_equal(again.samples, made[2].samples)


@pytest.mark.parametrize(
    "source",
    [Recombined("ko", SECONDS, 1), pytest.param(SpokenSentences("en", SECONDS, 1))],
    ids=repr,
)
@needs_speech
def test_the_words_of_the_audio_are_known(source: AudioSource) -> None:
    item = source.make(0)
    assert item.reference == " ".join(sentence.text for sentence in item.sentences)
    assert item.sentences
    for sentence in item.sentences:
        assert sentence.end_s <= item.duration_s
        if not sentence.words:
            continue  # flite reports no times
        assert sentence.words[0].start_s >= sentence.start_s
        assert sentence.words[-1].end_s <= sentence.end_s + 0.01
        loud = item.samples[round(sentence.start_s * SAMPLE_RATE) :][: SAMPLE_RATE // 2]
        assert np.abs(loud).max() > 0.05


@needs_speech
def test_live_speech_has_the_times_of_its_words() -> None:
    for number in range(6):
        item = open_source("speech", "en", 4.0, 0, timed=True).make(number)
        assert all(sentence.words for sentence in item.sentences)


@needs_speech
def test_a_short_duration_still_holds_a_sentence() -> None:
    item = SpokenSentences("ko", 0.2, 0).make(0)
    assert len(item.sentences) == 1
    assert item.duration_s == pytest.approx(item.sentences[0].end_s + TAIL_S, abs=0.01)
    assert not item.samples[-round(TAIL_S * SAMPLE_RATE) :].any()


def test_wav_files_have_the_requested_rate() -> None:
    item = Noise(0.5, 0).make(0)
    for rate in (8000, 16_000, 44_100):
        with wave.open(io.BytesIO(item.wav(rate))) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, 1, 2)
            assert file.getnframes() == pytest.approx(0.5 * rate, abs=2)


def test_recordings_of_a_folder_are_never_sent_twice_alike(tmp_path: Path) -> None:
    sample = SAMPLES["en-call"]
    shutil.copy(sample.path, tmp_path / "a.wav")
    source = SpeechFolder(tmp_path, 2.0, 0)
    made = [source.make(number) for number in range(3)]
    assert len({item.samples.tobytes() for item in made}) == 3
    assert {(item.duration_s, item.reference) for item in made} == {(2.0, None)}

    (tmp_path / "a.txt").write_text(sample.text, encoding="utf-8")
    whole = source.make(0)
    assert whole.reference == sample.text
    np.testing.assert_allclose(whole.samples, sample.read(), atol=1e-3)


def test_a_folder_without_recordings_is_reported(tmp_path: Path) -> None:
    source = open_source(str(tmp_path), "ko", 1.0, 0)
    with pytest.raises(SetupError, match="holds no recording"):
        source.make(0)
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(SetupError, match=r"a\.wav"):
        source.make(0)


@pytest.mark.parametrize(("name", "language"), [("none", "ko"), ("speech", "fr")])
def test_other_sources_are_refused(name: str, language: str) -> None:
    with pytest.raises(SetupError):
        open_source(name, language, 1.0, 0)
