"""Silence left out of windows: the same words at the same times, also after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from realtime.app.detectors import make_detector
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.backends.whisper.traits import traits_for
from realtime.engine.engine import Engine
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.types import SAMPLE_RATE, Samples, Word
from realtime.weights.bundled import bundled_dir, samples


@pytest.fixture(scope="module")
def unhurried() -> Iterator[FileTranscriber]:
    """The bundled model with windows that no pause ends; long pauses are left out of them."""
    traits = replace(traits_for(bundled_dir()), file_pause_s=30.0)
    engine = Engine(lambda: FasterWhisperBackend(bundled_dir(), device="cpu", traits=traits))
    engine.start()
    files = FileTranscriber(engine, lambda: make_detector("silero"))
    yield files
    files.close()
    engine.stop()


def korean(*pauses_s: float) -> tuple[Samples, list[Word]]:
    """Two sentences in turn with pauses after them; → the audio, and its words with their times."""
    parts, words, at_s = [], [], 0.0
    for number, pause_s in enumerate(pauses_s):
        sample = [s for s in samples() if s.language == "ko"][number % 2]
        words += [
            Word(w.text, w.start_s + at_s, w.end_s + at_s, w.probability) for w in sample.words
        ]
        parts += [sample.read(), np.zeros(round(pause_s * SAMPLE_RATE), np.float32)]
        at_s += sum(map(len, parts[-2:])) / SAMPLE_RATE
    return np.concatenate(parts), words


async def test_words_have_their_times_although_silence_is_left_out(
    unhurried: FileTranscriber,
) -> None:
    audio, said = korean(4.0, 35.0, 6.0, 1.0)
    options = FileOptions(language="ko", word_times=True)
    transcript = await unhurried.transcribe(audio, options)
    assert transcript.windows == 2
    heard = [word for segment in transcript.segments for word in segment.words]
    assert [word.text for word in heard] == [word.text for word in said]
    for word, true in zip(heard, said, strict=True):
        assert abs(word.start_s - true.start_s) < 0.5


async def test_a_restart_continues_after_omitted_silence(
    unhurried: FileTranscriber,
) -> None:
    audio, _ = korean(4.0, 35.0, 6.0, 35.0, 2.0, 1.0)
    options = FileOptions(language="ko", bounded=True, word_times=True)
    whole = [piece async for piece in unhurried.stream(audio, options)]
    segments = [segment for piece in whole for segment in piece.segments]
    assert len(segments) == 6
    at_once = await unhurried.transcribe(audio, replace(options, bounded=False))
    assert at_once.text == " ".join(segment.text for segment in segments)
    for stop, piece in enumerate(whole[:-1]):
        given = sum(len(before.segments) for before in whole[: stop + 1])
        rest = [p async for p in unhurried.stream(audio, options, piece.checkpoint)]
        after = [segment for piece in rest for segment in piece.segments]
        assert [s.text for s in after] == [s.text for s in segments[given:]]
        assert [s.start_s for s in after] == pytest.approx(
            [s.start_s for s in segments[given:]], abs=0.1
        )
