"""Sentences of a window: they cover all of its audio, and all of their words are in the result."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.files.sentences import invented, sentences, together
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Window, Word

START = 3 * SAMPLE_RATE


def window(seconds: float) -> Window:
    """A window whose samples are numbered: sample n has the value n."""
    audio = np.arange(round(seconds * SAMPLE_RATE), dtype=np.float32)
    return Window(audio, START, True, DecodeOptions())


def words(text: str, step_s: float = 0.5) -> list[Word]:
    return [
        Word(f" {word}", 3.0 + i * step_s, 3.0 + (i + 0.8) * step_s)
        for i, word in enumerate(text.split())
    ]


@given(st.lists(st.sampled_from(("yes", "no.", "what?", "네.")), max_size=12))
def test_every_sample_and_every_word_is_in_one_sentence(texts: list[str]) -> None:
    said = words(" ".join(texts))
    found = sentences(window(8.0), said)
    assert [word for sentence in found for word in sentence.words] == said
    if found:
        assert np.array_equal(np.concatenate([s.samples for s in found]), window(8.0).samples)
    for sentence in found:
        assert sentence.start == START + sentence.samples[0]
        assert all(word.text[-1] not in ".?" for word in sentence.words[:-1])
    for before, after in pairwise(found):
        assert before.words[-1].middle_s <= after.start / SAMPLE_RATE <= after.words[0].middle_s


def test_times_that_leave_a_sentence_no_audio_make_no_sentences() -> None:
    late = [Word(" Yes.", 3.0, 12.0), Word(" No.", 12.0, 12.5)]
    assert sentences(window(2.0), late) == []


@pytest.mark.parametrize(("step_s", "too_fast"), [(0.5, False), (0.25, False), (0.02, True)])
def test_impossibly_many_words_are_detected_except_at_the_end(
    step_s: float, too_fast: bool
) -> None:
    slow, tail = words("A slow one."), words("And so forth, cut off by the end of it", 0.01)
    fast = words("This much was never said.", step_s)
    said = [*slow]
    for word in [*fast, *tail]:
        start_s = said[-1].end_s + 0.001
        said.append(replace(word, start_s=start_s, end_s=start_s + word.end_s - word.start_s))
    found = sentences(Window(window(8.0).samples[: 7 * SAMPLE_RATE], START, True), said)
    assert invented(found) == too_fast


def test_a_sentence_that_is_empty_alone_keeps_its_first_text() -> None:
    said = sentences(window(4.0), words("One two. Three four. Five"))
    first = Hypothesis("One two. Three four. Five", tokens=9, passes=1, cost_usd=0.1)
    again = [
        Hypothesis(
            "One too.",
            (Word(" One", 3.0, 3.4), Word(" too.", 3.5, 3.9)),
            avg_logprob=-0.1,
            tokens=3,
            cost_usd=0.1,
        ),
        Hypothesis("", compression_ratio=0.0),
        Hypothesis("Five", (Word(" Five", 5.0, 5.4),), avg_logprob=-0.5, tokens=1, repaired=True),
    ]
    whole = together(first, said, again)
    assert whole.text == "One too. Three four. Five"
    assert [word.text for word in whole.words] == [" One", " too.", " Three", " four.", " Five"]
    assert whole.avg_logprob == (-0.1 * 3 - 0.5) / 4
    assert (whole.passes, whole.tokens, whole.repaired) == (4, 4, True)
    assert whole.cost_usd == 0.2


@pytest.mark.parametrize(("sure", "text"), [(0.3, "One two. Three"), (0.9, "Not this. Three")])
def test_of_two_different_readings_the_more_probable_counts(sure: float, text: str) -> None:
    said = sentences(window(4.0), [replace(w, probability=0.5) for w in words("One two. Three")])
    alone = Hypothesis(
        "Not this.", (Word(" Not", 3.0, 3.4, sure), Word(" this.", 3.5, 3.9, sure)), tokens=2
    )
    assert together(Hypothesis("One two. Three"), said, [alone]).text == text


def test_an_empty_result_keeps_its_probability() -> None:
    first = Hypothesis("A. B.", avg_logprob=-0.3)
    said = sentences(window(2.0), words("A. B."))
    assert together(first, said, [Hypothesis("")] * 2).avg_logprob == -0.3
