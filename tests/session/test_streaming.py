"""A session on a stateful model: it gets each sample once and reports each word once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.backends.scripted import Script, ScriptedWord
from realtime.backends.scripted_stream import ScriptedStream
from realtime.errors import DecodeFailed
from realtime.session.chunker import ChunkOptions, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.events import Failed, Final
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, DecodeOptions
from tests.session.driver import Driver, SpanDetector
from tests.session.speaking import WORDS, audio, check_promises, said, spans, utterances

OPTIONS = SessionOptions(streaming=True)
SHORT = replace(OPTIONS, chunk=ChunkOptions(chunk=samples(2)))


def make(script: Script, options: SessionOptions = OPTIONS, delay: int = 0) -> Driver:
    session = Session(options, SpanDetector(spans(script)))
    return Driver(session, ScriptedStream(script), delay)


@given(
    starts=st.lists(st.floats(0.4, 3.0), min_size=1, max_size=3),
    counts=st.integers(1, 12),
    chunk_s=st.sampled_from([2.0, 5.0, 15.0]),
    packet=st.sampled_from([512, 1600, 40_000]),
    delay=st.sampled_from([0, 1, 7]),
    smart=st.booleans(),
    partials=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_no_word_is_lost_or_doubled(
    starts: list[float],
    counts: int,
    chunk_s: float,
    packet: int,
    delay: int,
    smart: bool,
    partials: bool,
) -> None:
    at, begins = 0.0, []
    for gap in starts:
        begins.append(at + gap)
        at += gap + counts * 0.4
    script = utterances(*begins, words=counts)
    options = SessionOptions(
        streaming=True,
        words=True,
        partials=partials,
        chunk=ChunkOptions(chunk=samples(chunk_s)),
        endpoint=EndpointOptions(soonest_ms=250 if smart else 0),
    )
    driver = make(script, options, delay)
    driver.play(audio(at + 1.0), packet)
    driver.end()
    assert driver.text == said(script)
    assert driver.ended
    check_promises(driver)
    for final in driver.finals:
        assert final.end - final.start <= chunk_s + 0.5
    at_once = make(script, options)
    at_once.session.receive_audio(audio(at + 1.0))
    at_once.end()
    assert [f.text for f in at_once.finals] == [f.text for f in driver.finals]
    assert [(f.start, f.end, f.endpoint) for f in at_once.finals] == [
        (f.start, f.end, f.endpoint) for f in driver.finals
    ]


def test_every_sample_of_an_utterance_is_given_once() -> None:
    driver = make(utterances(1.0, 6.0))
    driver.play(audio(9))
    driver.end()
    last = [n for n, window in enumerate(driver.windows) if window.final]
    assert len(last) == 2
    first, second = driver.windows[: last[0] + 1], driver.windows[last[0] + 1 :]
    for windows in (first, second):
        assert windows[0].state is None
        assert [w.start for w in windows[1:]] == [w.end for w in windows[:-1]]


def test_words_are_stable_once_they_are_certain() -> None:
    script = utterances(1.0, words=10)
    driver = make(script)
    driver.play(audio(4.0))
    newest = driver.partials[-1]
    assert newest.stable
    assert newest.text.startswith(newest.stable)
    assert len(newest.text.split()) > len(newest.stable.split()), "the tail is shown too"
    assert not driver.finals


def test_silence_ends_an_utterance_and_a_final_says_how_sure_it_is() -> None:
    driver = make(utterances(1.0), replace(OPTIONS, words=True))
    driver.play(audio(5))
    (final,) = driver.finals
    assert final.endpoint
    assert final.confidence == pytest.approx(0.9)
    assert [word.text.strip() for word in final.words or ()] == WORDS[:5]


def test_long_speech_is_cut_before_the_word_beyond_the_limit() -> None:
    script = utterances(1.0, words=12)
    driver = make(script, SHORT)
    driver.play(audio(8))
    assert [final.endpoint for final in driver.finals] == [False, False, True]
    assert driver.text == said(script)
    check_promises(driver)


def test_a_word_longer_than_the_chunk_has_a_final_of_its_own() -> None:
    script = Script(
        (
            ScriptedWord("short", 1.0, 1.3),
            ScriptedWord("looooong", 1.4, 4.5),
            ScriptedWord("end", 4.6, 5.0),
        )
    )
    driver = make(script, SHORT)
    driver.play(audio(8))
    driver.end()
    assert [final.text for final in driver.finals] == ["short", "looooong", "end"]
    check_promises(driver)


def test_sound_before_the_first_word_leaves_no_trace() -> None:
    script = Script((ScriptedWord("late", 9.0, 9.4),))
    driver = Driver(Session(SHORT, SpanDetector([(1.0, 9.4)])), ScriptedStream(script))
    driver.play(audio(12))
    (final,) = driver.finals
    assert final.text == "late"
    assert final.start >= 8.9
    assert driver.session._tracker._ring.end - driver.session._tracker._ring.start < SAMPLE_RATE


def test_a_late_stream_gives_no_more_than_one_window_at_a_time() -> None:
    options = replace(OPTIONS, chunk=ChunkOptions(longest_window=samples(3)))
    driver = make(utterances(1.0, words=30), options, delay=10_000)
    driver.play(audio(15))
    driver.settle()
    driver.end()
    assert max(len(window.samples) for window in driver.windows) == samples(3)
    assert driver.text == said(utterances(1.0, words=30))


def test_flush_in_mid_speech_finalises_the_words_so_far() -> None:
    script = utterances(1.0, words=10)
    driver = make(script)
    driver.play(audio(script.words[4].end_s + 0.02))
    driver.session.flush()
    driver.settle()
    assert driver.finals[0].flush
    assert driver.finals[0].text == " ".join(WORDS[:5])
    driver.play(audio(5))
    assert driver.text == said(script)


@pytest.mark.parametrize("partials", [True, False])
def test_clear_drops_what_is_not_final(partials: bool) -> None:
    driver = make(utterances(1.0, 6.0), replace(OPTIONS, partials=partials))
    driver.play(audio(3.1))
    shown = [partial.stable for partial in driver.partials][-1:]
    driver.session.clear()
    driver.play(audio(7))
    assert [final.text for final in driver.finals] == [*shown, " ".join(WORDS[5:10])]
    check_promises(driver)


def test_a_result_after_clear_is_dropped_and_the_model_is_reset() -> None:
    driver = make(utterances(1.0, 6.0), delay=10_000)
    driver.play(audio(3.1))
    driver.session.clear()
    driver.session.receive_hypothesis(driver.backend.decode([driver.windows[-1]])[0])
    driver._out, driver.delay = None, 0
    driver.play(audio(7))
    assert driver.text == " ".join(WORDS[5:10])


def test_changed_options_apply_from_the_next_utterance() -> None:
    driver = make(utterances(1.0, 5.0))
    driver.play(audio(2))
    driver.session.update(DecodeOptions(language="ko"), words=True)
    driver.play(audio(6))
    assert {window.options.language for window in driver.windows} == {None, "ko"}
    assert [final.words is not None for final in driver.finals] == [False, True]


def test_a_failed_step_is_reported_with_the_final_and_the_stream_continues() -> None:
    script = utterances(1.0, 6.0, words=8)
    driver = make(script, delay=10_000)
    driver.play(audio(2.0))
    driver.session.receive_failure(DecodeFailed("broken"))
    driver._out, driver.delay = None, 0
    driver.play(audio(9.0))
    driver.end()
    kinds = [type(event) for event in driver.events if isinstance(event, Failed | Final)]
    assert kinds == [Failed, Final, Final]
    lost = len(said(script).split()) - len(driver.text.split())
    assert 0 < lost < 8
    assert driver.finals[-1].text == " ".join(WORDS[8:14] + WORDS[:2])
    check_promises(driver)


def test_where_all_is_lost_an_empty_final_follows() -> None:
    driver = make(utterances(1.0), delay=10_000)
    driver.play(audio(1.5))
    driver.session.receive_failure(DecodeFailed("broken"))
    driver._out = None
    driver.session.flush(answer=False)
    assert driver.session.take_window() is not None
    driver.session.receive_failure(DecodeFailed("broken"))
    told = [e for e in driver.session.events_to_send() if isinstance(e, Failed | Final)]
    assert [type(event) for event in told] == [Failed, Final]
    assert isinstance(told[1], Final)
    assert told[1].text == ""


def test_a_step_without_words_shows_nothing() -> None:
    driver = Driver(Session(OPTIONS, SpanDetector([(1.0, 3.0)])), ScriptedStream(Script(())))
    driver.play(audio(5))
    assert driver.windows
    assert not driver.partials
    assert not driver.finals


def test_audio_that_does_not_follow_is_an_error() -> None:
    driver = make(utterances(1.0))
    driver.play(audio(2))
    window = driver.windows[-1]
    with pytest.raises(ValueError, match="does not follow"):
        driver.backend.decode([replace(window, start=window.start + 1)])
    assert np.isfinite(window.samples).all()
