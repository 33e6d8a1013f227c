"""The earlier text that a window gets as its prompt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from realtime.session.chunker import ChunkOptions, samples
from realtime.session.context import CONTEXT_CHARS, Context
from realtime.session.options import SessionOptions
from realtime.types import DecodeOptions, Word
from tests.session.speaking import audio, make, utterances

CHUNK = ChunkOptions(chunk=samples(2))
ASKED = DecodeOptions(language="en", prompt="A call.")


def spoken(text: str, start_s: float = 0.0) -> list[Word]:
    """A word a second."""
    return [Word(f" {w}", start_s + i, start_s + i + 1) for i, w in enumerate(text.split())]


def context(*texts: str, language: str = "en", asked: DecodeOptions = ASKED) -> Context:
    made = Context()
    for text in texts:
        made.add(spoken(text), language, asked)
    return made


def test_the_context_is_the_end_of_the_earlier_text() -> None:
    assert context().apply(ASKED).previous_text == ""
    assert context("one", "two").apply(ASKED).previous_text == "one two"
    assert context("お", "腹").apply(ASKED).previous_text == "お腹"
    given = context(*["more"] * 100).apply(ASKED)
    assert len(given.previous_text) <= CONTEXT_CHARS
    assert replace(given, previous_text="", previous_language="") == ASKED


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, language="ko"),
        replace(ASKED, task="translate"),
        replace(ASKED, prompt="A talk."),
    ],
)
def test_the_context_never_crosses_a_change_of_options(other: DecodeOptions) -> None:
    made = context("before")
    assert made.apply(other).previous_text == ""
    made.add(spoken("behind"), other.language or "", other)
    assert made.apply(other).previous_text == "behind"
    assert made.apply(ASKED).previous_text == ""


def test_hotwords_do_not_break_the_context() -> None:
    assert context("said").apply(replace(ASKED, hotwords="Anna")).previous_text == "said"


def test_with_a_detected_language_the_context_has_its_own() -> None:
    asked = DecodeOptions()
    made = context("before", asked=asked)
    given = made.apply(asked)
    assert (given.previous_text, given.previous_language) == ("before", "en")
    made.add(spoken("그 뒤"), "ko", asked)
    assert made.apply(asked).previous_text == "그 뒤"


def test_a_stream_that_changes_its_language_begins_without_context() -> None:
    driver = make(utterances(1.0, 6.0, 11.0, 16.0))
    driver.session.update(DecodeOptions(language="en"), words=False)
    driver.play(audio(9))
    driver.session.update(DecodeOptions(language="ko"), words=False)
    driver.play(audio(12))
    finals = [window.options for window in driver.windows if window.final]
    said = [final.text for final in driver.finals]
    assert [(asked.language, asked.previous_text) for asked in finals] == [
        *(("en", ""), ("en", said[0])),
        *(("ko", ""), ("ko", said[2])),
    ]


def test_a_model_without_context_text_gets_none() -> None:
    context = Context(enabled=False)
    context.add(spoken("Hello there."), "en", DecodeOptions(language="en"))
    assert context.apply(DecodeOptions(language="en")).previous_text == ""


@pytest.mark.parametrize(
    ("start_s", "text"),
    [(9.0, "one two three four five"), (3.0, "one two three"), (1.6, "one two"), (0.0, "")],
)
def test_no_word_is_context_whose_audio_is_in_the_window(start_s: float, text: str) -> None:
    made = context("one two three")
    made.add(spoken("four five", 3.0), "en", ASKED)
    assert made.apply(ASKED, start_s).previous_text == text


def test_what_a_window_hears_again_after_a_cut_is_not_its_context() -> None:
    driver = make(utterances(1.0, words=13, word_s=0.3), SessionOptions(chunk=CHUNK))
    driver.play(audio(8))
    driver.end()
    again = [window for window in driver.windows if window.options.previous_text]
    assert again
    for window in again:
        said = window.options.previous_text.split()
        heard = driver.backend.decode([window])[0].text.split()
        assert not set(said) & set(heard[1:])
