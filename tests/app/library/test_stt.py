"""The library's class for files, with the bundled model: files in, dicts out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from realtime import WhisperSTT
from realtime.errors import BadOption, BadRequest, MissingFile, NotAudio, SetupError
from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import samples

SAMPLES = {sample.name: sample for sample in samples()}
HELLO = SAMPLES["en-hello"]


@pytest.fixture(scope="module")
def stt() -> Iterator[WhisperSTT]:
    with WhisperSTT("bundled", device="cpu", backend="faster-whisper") as loaded:
        yield loaded


@pytest.mark.parametrize("kind", ["str", "path", "bytes", "array"])
def test_a_path_or_bytes_or_samples_are_transcribed(stt: WhisperSTT, kind: str) -> None:
    sources: dict[str, str | Path | bytes | Samples] = {
        "str": str(HELLO.path),
        "path": HELLO.path,
        "bytes": HELLO.path.read_bytes(),
        "array": HELLO.read(),
    }
    body = stt.transcribe(sources[kind], language="en")
    assert body["success"] is True
    assert body["text"] == HELLO.text
    assert body["language"] == "en"
    assert body["backend"] == "faster-whisper"
    assert body["duration"] == pytest.approx(len(HELLO.read()) / SAMPLE_RATE, abs=0.001)
    assert body["segments"][0]["text"] == HELLO.text  # type: ignore[index]


def test_options(stt: WhisperSTT) -> None:
    body = stt.transcribe(
        SAMPLES["ko-call"].path, "auto", word_timestamps=True, is_stream=True, beam_size=2
    )
    assert body["text"] == SAMPLES["ko-call"].text
    assert body["language"] == "ko"
    assert body["processing_mode"] == "streaming"
    segments = body["segments"]
    assert isinstance(segments, list)
    words = [word["word"] for segment in segments for word in segment["words"]]
    assert words == [word.text for word in SAMPLES["ko-call"].words]


def test_inputs_that_cannot_be_transcribed_are_refused(stt: WhisperSTT) -> None:
    with pytest.raises(MissingFile):
        stt.transcribe("/no/such/file.wav")
    with pytest.raises(NotAudio):
        stt.transcribe(b"{}" * 1000)
    with pytest.raises(BadRequest, match=r"shape \(n,\)"):
        stt.transcribe(np.zeros((2, 100), np.float32))
    with pytest.raises(BadRequest, match="float64"):
        stt.transcribe(np.zeros(100))  # type: ignore[arg-type]
    with pytest.raises(BadOption):
        stt.transcribe(HELLO.path, language="xx")


def test_backends(stt: WhisperSTT) -> None:
    assert stt.reload_backend("faster_whisper") == "faster-whisper"
    assert stt.get_backend_info()["loaded"] is True
    with pytest.raises(BadOption):
        stt.reload_backend("whisperx")
    assert stt.transcribe(HELLO.path, "en")["text"] == HELLO.text


def test_closing_twice_is_harmless() -> None:
    stt = WhisperSTT("bundled", device="cpu")
    stt.close()
    stt.close()
    assert stt.get_backend_info()["loaded"] is False


def test_wrong_settings_are_named() -> None:
    with pytest.raises(SetupError, match="compute_type"):
        WhisperSTT("bundled", compute_type="int3")
    with pytest.raises(SetupError, match="no model named"):
        WhisperSTT("smal", backend="faster-whisper")
