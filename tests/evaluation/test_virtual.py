"""A stream in virtual time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.engine import Engine
from realtime.evaluation.recordings import Recording
from realtime.evaluation.transcribers import (
    FileRecordingTranscriber,
    LiveRecordingTranscriber,
    waits,
)
from realtime.evaluation.virtual import VirtualStream
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.session.events import Final, Partial, SpeechStarted
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE
from realtime.vad.energy import EnergyDetector
from tests.evaluation.test_recordings import still, tone

SOUND = np.concatenate([still(0.5), tone(2.0), still(1.5), tone(1.0), still(1.5)])
SAID = "one two three four five six seven eight nine ten"


def played(delay_packets: int | None, *, partials: bool = True) -> VirtualStream:
    backend = ScriptedBackend({"": Script.evenly(SAID, start_s=0.6)})
    session = Session(SessionOptions(partials=partials), EnergyDetector())
    stream = VirtualStream(session, backend, delay_packets)
    stream.play(SOUND)
    stream.end()
    return stream


def test_a_stream_is_complete_and_the_same_every_time() -> None:
    once, again = played(1), played(1)
    assert once.text.split()[:3] == ["one", "two", "three"]
    assert [(e.text, e.id) for e in once.finals] == [(e.text, e.id) for e in again.finals]
    assert [e.text for e in once.partials] == [e.text for e in again.partials]
    assert once.passes == len(once.windows) > len(once.finals)
    assert len(once.arrivals_s) == len(once.events)
    assert once.arrivals_s == sorted(once.arrivals_s)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([None, 0, 1, 3, 9]))
def test_finals_do_not_depend_on_the_models_speed(delay_packets: int | None) -> None:
    assert played(delay_packets, partials=False).text == played(1, partials=False).text


def test_a_slower_model_makes_fewer_partials() -> None:
    assert len(played(12).partials) < len(played(1).partials)


def test_waits_are_computed_from_events() -> None:
    def partial(number: int, text: str, stable: str, start: float) -> Partial:
        return Partial(number, text, stable, start, start + 1, 0)

    def final(number: int, text: str, end: float, *, endpoint: bool) -> Final:
        return Final(number, text, end - 1, end, "en", 1.0, 1.0, None, endpoint, False, 0)

    told = waits(
        [
            SpeechStarted(1.0),
            partial(0, "one", "", 1.0),
            partial(0, "one two", "one", 1.0),
            final(0, "one two!", 3.0, endpoint=True),
            partial(1, "six", "six", 5.0),
            final(1, "seven", 6.0, endpoint=False),
            final(2, "", 7.0, endpoint=True),
            final(3, "eight", 9.0, endpoint=True),
        ],
        [1.1, 1.5, 2.0, 3.7, 5.25, 6.1, 7.0, 9.9],
    )
    assert told.first_partial_s == pytest.approx((0.5, 0.25))
    assert told.final_s == pytest.approx((0.7, 0.9))
    assert told.stable == pytest.approx((3 / 8, 3 / 5))
    assert told.retracted == 1


@pytest.mark.parametrize("real_delay", [False, True])
def test_the_result_of_a_live_run(real_delay: bool) -> None:
    backend = ScriptedBackend({"": Script.evenly(SAID, start_s=0.6)})
    asked: list[str] = []

    def options(language: str) -> SessionOptions:
        asked.append(language)
        return SessionOptions(words=True)

    done: list[float] = []
    transcriber = LiveRecordingTranscriber(backend, options, EnergyDetector, real_delay)
    heard = transcriber.measure(Recording("a", "en", SOUND, SAID), done.append)
    assert asked == ["en"]
    assert heard.text.startswith("one two three")
    assert [word.text.strip() for word in heard.words[:2]] == ["one", "two"]
    assert heard.passes > 0
    assert heard.wall_s > 0
    assert done[-1] == pytest.approx(len(SOUND) / SAMPLE_RATE)
    assert len(heard.waits.final_s) == 2, "the last one too: silence follows it"
    assert min(heard.waits.final_s) > 0.4, "the hangover is part of it"


@pytest.mark.parametrize("watched", [False, True])
def test_the_result_of_a_file_run(watched: bool) -> None:
    engine = Engine(lambda: ScriptedBackend({"": Script.evenly(SAID, start_s=0.6)}))
    engine.start()
    files = FileTranscriber(engine, EnergyDetector)
    done: list[float] = []
    transcriber = FileRecordingTranscriber(
        files, lambda language: FileOptions(language=language, word_times=True)
    )
    try:
        heard = transcriber.measure(
            Recording("a", "en", SOUND, SAID), done.append if watched else None
        )
    finally:
        files.close()
        engine.stop()
    assert heard.text.startswith("one two three")
    assert [word.text.strip() for word in heard.words[:2]] == ["one", "two"]
    assert heard.passes > 0
    assert heard.wall_s > 0
    assert not watched or done[-1] == pytest.approx(len(SOUND) / SAMPLE_RATE)
