"""The library's live processor: samples in, events out, without a network."""

from __future__ import annotations

import numpy as np
import pytest

from realtime import RealtimeWhisperProcessor
from realtime.errors import BadOption
from realtime.session.events import Event, Final, Partial
from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import samples

SPOKEN = [sample for sample in samples() if sample.language == "en"][:2]


def speech() -> Samples:
    pause = np.zeros(SAMPLE_RATE, np.float32)
    return np.concatenate([piece for sample in SPOKEN for piece in (sample.read(), pause)])


def run(step: int, **options: object) -> list[Event]:
    with RealtimeWhisperProcessor(
        "bundled",
        language="en",
        device="cpu",
        backend="faster-whisper",
        **options,  # type: ignore[arg-type]
    ) as processor:
        audio = speech()
        fed = [
            event
            for at in range(0, len(audio), step)
            for event in processor.feed(audio[at:][:step])
        ]
        return fed + processor.flush()


def text(events: list[Event]) -> str:
    return " ".join(event.text for event in events if isinstance(event, Final) and event.text)


@pytest.fixture(scope="module")
def whole() -> list[Event]:
    return run(10**9, chunk_duration=15, words=True)


def test_finals_have_the_words_and_their_times(whole: list[Event]) -> None:
    assert text(whole) == " ".join(sample.text for sample in SPOKEN)
    finals = [event for event in whole if isinstance(event, Final)]
    assert all(event.words for event in finals)
    assert finals[0].end < finals[1].start
    assert any(isinstance(event, Partial) for event in whole)


def test_the_result_does_not_depend_on_how_audio_is_split(whole: list[Event]) -> None:
    assert run(1001, chunk_duration=15, words=True) == whole


def test_chunks_of_two_seconds_are_the_default() -> None:
    events = run(10**9, partials=False)
    assert text(events) == " ".join(sample.text for sample in SPOKEN)
    assert len([event for event in events if isinstance(event, Final)]) > len(SPOKEN)
    assert not any(isinstance(event, Partial) for event in events)


def test_flush_finalises_and_the_stream_goes_on() -> None:
    with RealtimeWhisperProcessor(
        "bundled", language="en", device="cpu", chunk_duration=15
    ) as processor:
        first = SPOKEN[0].read()
        events = processor.feed(first[: len(first) - 77]) + processor.flush()
        assert text(events) == SPOKEN[0].text
        assert processor.flush() == []
        again = processor.feed(SPOKEN[1].read()) + processor.flush()
        assert text(again) == SPOKEN[1].text


def test_options_are_checked_before_anything_is_loaded() -> None:
    with pytest.raises(BadOption, match="chunk_duration"):
        RealtimeWhisperProcessor("bundled", chunk_duration=0.5)
