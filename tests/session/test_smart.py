"""The time of finals that depends on the text: earlier, later, and the same in every run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.backends.scripted import Script, ScriptedWord
from realtime.errors import DecodeFailed
from realtime.session.chunker import ChunkOptions, samples
from realtime.session.endpoint import Endpointer, EndpointOptions, EndpointState, Turn
from realtime.session.events import Ended, SpeechEnded
from realtime.session.options import SessionOptions
from realtime.session.tracker import MAX_WAITING_ACTIONS
from realtime.types import DecodeOptions, Urgency
from realtime.vad.base import FRAME_SAMPLES
from tests.session.driver import Driver
from tests.session.speaking import audio, check_promises, make

PACKET = FRAME_SAMPLES
NEVER = 1_000_000
"""Delay in packets of a model that never answers."""
SMART = EndpointOptions(soonest_ms=250, early_ms=250, trailing_ms=250)


def smart(**others: object) -> SessionOptions:
    return SessionOptions(endpoint=SMART, **others)  # type: ignore[arg-type]


def talk(*sentences: tuple[str, float], start_s: float = 1.0) -> Script:
    """Sentences, each with the silence after it in seconds; words of 0.3 s, 0.1 s apart."""
    words, at = [], start_s
    for sentence, gap_s in sentences:
        for word in sentence.split():
            words.append(ScriptedWord(word, at, at + 0.3))
            at += 0.4
        at += gap_s - 0.1
    return Script(tuple(words))


def texts(driver: Driver) -> list[tuple[str, float, float, bool]]:
    return [(f.text, f.start, f.end, f.endpoint) for f in driver.finals]


@pytest.mark.parametrize(
    ("said", "silence_s"),
    [("it is done.", 0.256), ("it is done", 0.5), ("it is the", 1.0), ("it is done,", 1.0)],
)
def test_the_text_decides_when_a_final_is_due(said: str, silence_s: float) -> None:
    script = talk((said, 2))
    driver = make(script, smart(partials=False))
    while not driver.finals:
        driver.play(audio(0.032), PACKET)
    waited_s = driver.session.samples_received / 16_000 - script.words[-1].end_s
    assert waited_s == pytest.approx(silence_s, abs=0.05)
    assert (driver.text, driver.finals[0].endpoint, len(driver.windows)) == (said, True, 1)


def test_a_pause_in_mid_sentence_does_not_end_the_utterance() -> None:
    script = talk(("it is the", 0.8), ("end of it.", 2))
    driver = make(script, smart(words=True))
    driver.play(audio(8), PACKET)
    assert [f.text for f in driver.finals] == ["it is the end of it."]
    check_promises(driver)


def test_a_sentence_is_final_before_the_next_one_begins() -> None:
    script = talk(("it is done.", 0.4), ("so be it.", 2))
    driver = make(script, smart())
    driver.play(audio(8), PACKET)
    assert [f.text for f in driver.finals] == ["it is done.", "so be it."]
    check_promises(driver)


def test_after_a_failed_partial_the_default_silence_applies() -> None:
    script = talk(("it is the", 3))
    driver = make(script, smart(partials=False), delay=NEVER)
    driver.play(audio(script.words[-1].end_s + 0.4), PACKET)
    driver.session.receive_failure(DecodeFailed("broken"))
    driver._out, driver.delay = None, 0
    assert driver.session.next_request() is None
    driver.play(audio(0.2), PACKET)
    assert driver.text == "it is the"
    assert len(driver.windows) == 2


def test_a_partial_for_the_decision_is_as_urgent_as_a_final() -> None:
    script = talk(("it is done.", 3))
    session = make(script, smart(partials=False)).session
    session.receive_audio(audio(script.words[-1].end_s + 0.35))
    next_request = session.next_request()
    assert next_request is not None
    assert next_request.urgency is Urgency.EARLY_FINAL
    session.receive_audio(audio(0.2))
    next_request = session.next_request()
    assert next_request is not None
    assert next_request.urgency is Urgency.FINAL


def test_speech_longer_than_a_window_does_not_wait_for_the_text() -> None:
    """The silence begins just after the limit: a cut comes first, and needs more audio."""
    script = talk(("one two three four five six seven eight", 3))
    chunk = ChunkOptions(chunk=samples(script.words[-1].end_s - 0.75))
    driver = make(script, smart(partials=False, chunk=chunk))
    driver.play(audio(8), PACKET)
    assert driver.text == " ".join(word.text for word in script.words)


def held(*, partials: bool = False) -> Driver:
    """A session that waits for the text before its first silence, with a sentence after it."""
    script = talk(("it is done.", 1), ("so be it.", 1))
    driver = make(script, smart(partials=partials), delay=NEVER)
    driver.play(audio(script.words[-1].end_s + 0.1), PACKET)
    assert len(driver.windows) == 1
    return driver


def test_a_flush_waits_for_the_decision() -> None:
    driver = held()
    driver.session.flush()
    driver.session.flush()
    assert driver.session.events_to_send() == []
    driver.settle()
    assert [(f.text, f.flush) for f in driver.finals] == [
        ("it is done.", False),
        ("so be it.", True),
        ("", True),
    ]
    check_promises(driver)


def test_the_end_waits_for_the_decision() -> None:
    driver = held()
    driver.end()
    assert [f.text for f in driver.finals] == ["it is done.", "so be it."]
    assert isinstance(driver.events[-1], Ended)


def test_changed_options_wait_for_the_decision() -> None:
    driver = held()
    driver.session.update(DecodeOptions(language="ko"), words=True)
    driver.session.flush()
    driver.play(audio(0.1))
    driver.settle()
    assert [f.words for f in driver.finals] == [None, None]
    assert [w.options.language for w in driver.windows] == [None, None]
    assert driver.session.options.words


def test_clear_drops_waiting_actions_and_answers_flushes() -> None:
    driver = held(partials=True)
    driver.session.flush()
    driver.session.clear()
    driver.settle()
    assert [(f.text, f.flush) for f in driver.finals] == [("", True)]
    assert driver.session.next_request() is None
    driver.play(audio(3), PACKET)
    assert len(driver.finals) == 1


def test_too_many_waiting_actions_end_the_wait() -> None:
    driver = held()
    for _ in range(MAX_WAITING_ACTIONS):
        driver.session.flush(answer=False)
    driver.session.flush(answer=False)
    marks = driver.session.events_to_send()
    assert sum(isinstance(mark, SpeechEnded) for mark in marks) == 2
    driver.settle()
    assert driver.text == "it is done. so be it."


def test_the_endpointer_waits_for_the_decision_in_every_silence() -> None:
    endpointer = Endpointer(SMART)
    assert endpointer.receive(0.0) is None
    assert not endpointer.undecided
    for pause_ms in (500, 1_000):
        for _ in range(4):
            endpointer.receive(1.0)
        for _ in range(8):
            assert not endpointer.undecided
            endpointer.receive(0.0)
        assert endpointer.undecided
        assert endpointer.decide(pause_ms) is None
        assert not endpointer.undecided
    for _ in range(4):
        endpointer.receive(1.0)
    for _ in range(8):
        endpointer.receive(0.0)
    boundary = endpointer.decide(250)
    assert boundary is not None
    assert boundary.turn is Turn.END
    assert boundary.end - boundary.start == 8 * FRAME_SAMPLES
    assert endpointer.state is EndpointState.SILENCE


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["it is done.", "it is done", "so it is the", "well,", "a b c d e f."]),
            st.floats(0.15, 1.4),
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.integers(1, 40_000), min_size=1, max_size=8),
    st.integers(0, 40),
    st.sampled_from([samples(2), samples(15)]),
)
def test_the_same_bytes_give_the_same_finals(
    sentences: list[tuple[str, float]], packets: list[int], delay: int, chunk: int
) -> None:
    script, heard = talk(*sentences), []
    sound = np.zeros(samples(script.words[-1].end_s + 1.2), np.float32)
    options = smart(partials=False, chunk=ChunkOptions(chunk=chunk))
    # A usual packet after each round: single samples alone would take a quarter of a million steps.
    for sizes, late in (([PACKET], 0), ([*packets, PACKET], delay), ([len(sound)], 1)):
        driver, at, turn = make(script, options, delay=late), 0, 0
        while at < len(sound):
            size = sizes[turn % len(sizes)]
            driver.play(sound[at : at + size], size)
            at, turn = at + size, turn + 1
        driver.end()
        check_promises(driver)
        assert driver.ended
        heard.append(texts(driver))
    assert heard[0] == heard[1] == heard[2]
    assert " ".join(text for text, *_ in heard[0]) == " ".join(w.text for w in script.words)


@given(
    st.lists(
        st.tuples(st.sampled_from(["it is done.", "so the"]), st.floats(0.15, 1.4)), min_size=1
    ),
    st.integers(0, 25),
)
def test_partials_keep_every_promise(sentences: list[tuple[str, float]], delay: int) -> None:
    script = talk(*sentences[:5])
    driver = make(script, smart(words=True), delay=delay)
    driver.play(audio(script.words[-1].end_s + 1.2), PACKET)
    driver.end()
    check_promises(driver)
    assert driver.text == " ".join(word.text for word in script.words)
