"""Earlier audio decoded again with a window: only audio all of whose words are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import DecodeFailed
from realtime.session.chunker import ChunkOptions, Plan, Purpose, Utterance, samples
from realtime.session.options import SessionOptions
from realtime.session.recall import Part, Recall
from realtime.types import SAMPLE_RATE, DecodeOptions, Earlier, Window, Word
from tests.session.driver import Driver
from tests.session.speaking import audio, make, utterances

ENGLISH = DecodeOptions(language="en")


def part(
    start_s: int, end_s: int, *silences_s: int, language: str = "en", prompt: str = ""
) -> Part:
    """A part with one word per second."""
    words = tuple(Word(f" w{at}", at + 0.2, at + 0.8) for at in range(start_s, end_s))
    asked = DecodeOptions(language=language, prompt=prompt)
    silences = tuple(samples(at) for at in silences_s)
    return Part(samples(start_s), samples(end_s), silences, words, language, asked)


def recall(*parts: Part, most_s: float = 14) -> Recall:
    made = Recall(samples(most_s))
    for one in parts:
        made.add(one)
    return made


def before(
    made: Recall, start_s: float, end_s: float, options: DecodeOptions = ENGLISH, cut_s: float = 0
) -> tuple[float, Earlier] | None:
    """The beginning of the earlier audio in seconds, and that audio."""
    start, end = samples(start_s), samples(end_s)
    utterance = Utterance(start, start, options, end=end, cut=samples(cut_s))
    plan, begins = Plan(Purpose.LAST, start, end, end), []

    def read(first: int, last: int) -> np.ndarray:
        begins.append(first / SAMPLE_RATE)
        assert last == start
        return audio((last - first) / SAMPLE_RATE)

    found = made.before(plan, utterance, read)
    assert made.before(replace(plan, purpose=Purpose.PARTIAL), utterance, read) is None
    return None if found is None else (begins[0], found)


def begins_s(
    made: Recall, start_s: float, end_s: float, options: DecodeOptions = ENGLISH, cut_s: float = 0
) -> float | None:
    found = before(made, start_s, end_s, options, cut_s)
    return None if found is None else found[0]


def test_earlier_audio_goes_as_far_back_as_there_is_room() -> None:
    made = recall(part(0, 4, 0), part(5, 9, 5), part(10, 12, 10))
    assert begins_s(made, 13, 14) == 0
    assert begins_s(made, 13, 15) == 5
    assert begins_s(made, 13, 20) == 10
    assert begins_s(made, 13, 27) is None
    assert begins_s(recall(), 13, 14) is None


def test_earlier_audio_begins_in_a_silence() -> None:
    made = recall(part(0, 4, 0), part(4, 9), part(9, 12, 11))
    assert begins_s(made, 13, 14) == 0
    found = before(made, 13, 17)
    assert found is not None
    assert found[0] == 11
    assert [word.text for word in found[1].words] == [" w11"]
    assert begins_s(recall(part(0, 20)), 20, 22) is None


def test_earlier_audio_has_the_same_language_and_task() -> None:
    made = recall(part(0, 4, 0, language="ko"), part(5, 9, 5))
    assert begins_s(made, 10, 12) == 5
    assert begins_s(made, 10, 12, DecodeOptions()) == 5
    assert begins_s(made, 10, 12, DecodeOptions(language="ko")) is None
    assert begins_s(made, 10, 12, DecodeOptions(language="en", task="translate")) is None
    assert begins_s(recall(part(0, 4, 0, prompt="names")), 5, 6) is None


def test_a_cut_utterance_needs_no_earlier_audio() -> None:
    assert begins_s(recall(part(0, 4, 0)), 4, 6, cut_s=5) is None


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 8), st.booleans()), max_size=12),
    st.integers(0, 3),
    st.integers(1, 12),
)
def test_earlier_audio_comes_with_exactly_its_words(
    spans: list[tuple[int, int, bool]], pause_s: int, window_s: int
) -> None:
    parts, at = [], 0
    for gap, length, quiet in spans:
        at += gap
        parts.append(part(at, at + length, *([at] if quiet else [])))
        at += length
    end_s = at + pause_s + window_s
    found = before(recall(*parts), at + pause_s, end_s)
    if found is None:
        return
    begin_s, earlier = found
    assert begin_s >= end_s - 14
    words = [word for one in parts for word in one.words]
    assert list(earlier.words) == [word for word in words if word.start_s > begin_s]


def listening(earlier_s: float = 14, **others: object) -> Driver:
    chunk = ChunkOptions(earlier=samples(earlier_s))
    options = SessionOptions(chunk=chunk, partials=False, **others)  # type: ignore[arg-type]
    return make(utterances(1.0, 5.0, 9.0), options)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(2).normal(0, 0.01, samples(seconds)).astype(np.float32)


def last(driver: Driver) -> Window:
    driver.end()
    return driver.windows[-1]


def test_a_final_is_decoded_with_earlier_audio() -> None:
    driver, sound = listening(), noise(12)
    driver.play(sound)
    window = last(driver)
    assert window.earlier is not None
    assert [word.text.strip() for word in window.earlier.words] == [
        word for final in driver.finals[:2] for word in final.text.split()
    ]
    begin = window.start - len(window.earlier.samples)
    heard = np.concatenate([window.earlier.samples, window.samples])
    assert np.allclose(heard, sound[begin : window.end], atol=1e-4)
    assert driver.windows[0].earlier is None


def test_after_a_failure_there_is_no_earlier_audio() -> None:
    driver = listening()
    driver.play(noise(7.1))
    while driver.session.take_window() is None:
        driver.session.receive_audio(noise(0.1))
    driver.session.receive_failure(DecodeFailed("broken"))
    driver.play(noise(4.5))
    assert last(driver).earlier is None


@pytest.mark.parametrize("dropped", [True, False])
def test_after_dropped_audio_there_is_no_earlier_audio(dropped: bool) -> None:
    driver = listening()
    driver.play(audio(8.2))
    if dropped:
        driver.session.clear()
    driver.play(audio(3.8))
    assert (last(driver).earlier is None) == dropped


def test_without_recall_there_is_no_earlier_audio() -> None:
    driver = listening(0)
    driver.play(audio(12))
    assert all(window.earlier is None for window in driver.windows)
