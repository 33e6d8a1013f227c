"""Seams: no word twice and none lost, wherever the cut is and however inexact the times are."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from realtime.files.borders import last_border
from realtime.files.merge import (
    Merger,
    seam,
    seam_at_sentence,
    segments,
    spread,
    with_words,
)
from realtime.files.span import Span
from realtime.types import Hypothesis, SpeakerTurn, Word


def words(text: str, start_s: float = 0.0, step_s: float = 0.4) -> list[Word]:
    return [
        Word(f" {word}", start_s + i * step_s, start_s + (i + 0.8) * step_s)
        for i, word in enumerate(text.split())
    ]


def told(
    spoken: list[Word], start_s: float, end_s: float, jitter_s: float, seed: int
) -> list[Word]:
    """Simulates a model on `spoken` in a window: words within it, at slightly wrong times, and
    fragments where the window cuts a word."""
    rng = random.Random(seed)
    found = []
    for word in spoken:
        if word.end_s <= start_s or word.start_s >= end_s:
            continue
        cut = word.start_s < start_s or word.end_s > end_s
        text = word.text[: max(2, len(word.text) // 2)] if cut else word.text
        off_s = rng.uniform(-jitter_s, jitter_s)
        begin = min(max(word.start_s + off_s, start_s), end_s)
        found.append(Word(text, begin, min(max(word.end_s + off_s, begin), end_s)))
    return found


VOCABULARY = st.sampled_from(["one", "two", "three", "four", "five", "five"])


@given(
    text=st.lists(VOCABULARY, min_size=30, max_size=60),
    begin_s=st.floats(4, 9),
    shared_s=st.floats(2, 6),
    seed=st.integers(0, 999),
)
def test_no_word_is_lost_or_repeated(
    text: list[str], begin_s: float, shared_s: float, seed: int
) -> None:
    # Numbered, so that equal neighbours cannot hide a mistake; `bare` keeps digits.
    spoken = words(" ".join(f"{word}{i}" for i, word in enumerate(text)))
    end_s = begin_s + shared_s
    before = told(spoken, 0.0, end_s, 0.15, seed)
    after = told(spoken, begin_s, 99.0, 0.15, seed + 1)
    kept, first = seam(before, after, begin_s, end_s)
    merged = [word.text for word in [*before[:kept], *after[first:]]]
    assert merged == [word.text for word in spoken]


@given(
    text=st.lists(VOCABULARY, min_size=30, max_size=60),
    begin_s=st.floats(4, 9),
    shared_s=st.floats(3, 6),
    seed=st.integers(0, 999),
)
def test_repeated_words_are_counted_by_their_times(
    text: list[str], begin_s: float, shared_s: float, seed: int
) -> None:
    spoken = words(" ".join(text))
    end_s = begin_s + shared_s
    before = told(spoken, 0.0, end_s, 0.1, seed)
    after = told(spoken, begin_s, 99.0, 0.1, seed + 1)
    kept, first = seam(before, after, begin_s, end_s)
    merged = [word.text for word in [*before[:kept], *after[first:]]]
    assert merged == [word.text for word in spoken]


@given(
    starts=st.lists(st.booleans(), min_size=30, max_size=60),
    begin_s=st.floats(4, 9),
    shared_s=st.floats(3, 6),
    late=st.sampled_from((-1, 0, 1)),
)
def test_a_window_that_begins_with_a_sentence_is_used_from_there(
    starts: list[bool], begin_s: float, shared_s: float, late: int
) -> None:
    """The first word found may be the one before, or the sentence's first may be missing."""
    spoken = words(" ".join(f"w{i}{'.' * starts[i]}" for i in range(len(starts))))
    end_s = begin_s + shared_s
    before = told(spoken, 0.0, end_s, 0.0, 0)
    border = last_border(before, begin_s, end_s)
    closed = [i for i, dot in enumerate(starts[: len(before) - 1]) if dot]
    closed = [i for i in closed if begin_s < 0.4 * (i + 0.9) < end_s]
    if border is None:
        assert not closed
        return
    assert closed[-1] == int(border.time_s / 0.4)
    first_word = closed[-1] + 1 + late
    assume(first_word < len(before) - 1)  # the last of `before` may be a fragment
    after = spoken[first_word:]
    kept, first = seam_at_sentence(before, after, border.time_s, end_s)
    assert [word.text for word in [*before[:kept], *after[first:]]] == [w.text for w in spoken]


def test_of_two_versions_of_a_sentence_the_later_windows_is_used() -> None:
    before = words("no no. the cat is")
    after = words("a dog was there.", start_s=0.8)
    assert seam_at_sentence(before, after, 0.78, 2.0) == (2, 0)


def test_without_agreement_the_middle_separates_the_windows() -> None:
    before = words("a b c d e f g h i j")
    after = words("q r s t u v", start_s=2.4)
    kept, first = seam(before, after, 2.4, 4.0)
    assert [w.text for w in [*before[:kept], *after[first:]]] == [
        *[f" {c}" for c in "abcdefgh"],
        *[f" {c}" for c in "stuv"],
    ]


def test_two_empty_spans_have_a_seam() -> None:
    assert seam([], [], 0.0, 1.0) == (0, 0)
    assert seam([], words("a"), 5.0, 6.0) == (0, 1)


def span(start_s: float, end_s: float, shared_s: float = 0.0, *, shares: bool = False) -> Span:
    start, end = round(start_s * 16_000), round(end_s * 16_000)
    return Span(((start, end),), ((start, end),), shared_s > 0, shares)


def test_words_of_consecutive_spans_are_returned_one_by_one() -> None:
    spoken = words("we walk along the river until the evening comes and then we all go home again")
    merger, given_words = Merger(), []
    spans = [span(0, 3, shares=True), span(1.5, 4.5, 1.5, shares=True), span(3, 7, 1.5)]
    for one in spans:
        found = told(spoken, one.start / 16_000, one.end / 16_000, 0.0, 0)
        newest = with_words(one, Hypothesis("x", tuple(found)))
        given_words += [w.text for done in merger.receive(newest) for w in done.words]
    given_words += [w.text for done in merger.flush() for w in done.words]
    assert given_words == [word.text for word in spoken]
    assert merger.flush() == []


def test_after_a_restart_earlier_words_are_left_out() -> None:
    merger = Merger(said_s=0.7)
    merger.receive(with_words(span(0, 2), Hypothesis("a b c d", tuple(words("a b c d")))))
    (settled,) = merger.flush()
    assert [word.text for word in settled.words] == [" c", " d"]


def test_words_without_times_are_spread_over_the_speech() -> None:
    found = spread([" abc", " de", " f"], [(0, 16_000), (48_000, 64_000)])
    assert found[0].start_s == 0.0
    assert found[-1].end_s == pytest.approx(4.0)
    assert found[1].end_s <= 1.0 or found[1].start_s >= 3.0
    assert all(w.end_s <= 1.0 or w.start_s >= 3.0 for w in found)


def test_a_sentence_that_ends_near_a_pause_ends_there() -> None:
    """Five letters of eleven are spoken when the pause comes; the sentence has six."""
    run = [(0, 16_000), (40_000, 62_000)]
    found = spread(["안녕하세요.", " 어떻게", " 도와드릴까요?"], run)
    assert [w.end_s <= 1.0 for w in found] == [True, False, False]
    made = segments(with_words(span(0, 4), Hypothesis("x", tuple(found))), None, word_times=False)
    assert [s.text for s in made] == ["안녕하세요.", "어떻게 도와드릴까요?"]


@given(
    texts=st.lists(st.text("ab ", min_size=1, max_size=8), max_size=20),
    runs=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=5),
)
def test_spread_words_ascend_and_stay_within_speech(
    texts: list[str], runs: list[tuple[int, int]]
) -> None:
    speech, at = [], 0
    for gap, length in runs:
        speech.append(((at + gap) * 16_000, (at + gap + length) * 16_000))
        at += gap + length
    found = spread(texts, speech)
    assert [w.text for w in found] == texts
    times = [t for w in found for t in (w.start_s, w.end_s)]
    assert all(a <= b + 1e-9 for a, b in pairwise(times))
    assert all(speech[0][0] / 16_000 <= t <= speech[-1][1] / 16_000 for t in times)


def test_segments_end_with_sentences_and_at_pauses() -> None:
    said = [*words("Hello there. How are"), *words("you today?", start_s=5.0)]
    made = segments(with_words(span(0, 6), Hypothesis("x", tuple(said))), 1, word_times=True)
    assert [s.text for s in made] == ["Hello there.", "How are", "you today?"]
    assert [s.channel for s in made] == [1, 1, 1]
    assert made[2].start_s == 5.0
    assert [w.text for w in made[0].words] == [" Hello", " there."]


def test_segments_end_where_the_speaker_changes() -> None:
    turns = (SpeakerTurn(0.0, 1.2, 0), SpeakerTurn(1.2, 2.0, 1))
    hypothesis = Hypothesis("", tuple(words("how much is it ten")), turns=turns)
    said = segments(with_words(span(0.0, 2.0), hypothesis), None, word_times=False)
    assert [(one.speaker, one.text) for one in said] == [(0, "how much is"), (1, "it ten")]


def test_a_segment_has_a_maximum_length() -> None:
    said = words(" ".join(["word"] * 100))
    made = segments(with_words(span(0, 40), Hypothesis("x", tuple(said))), None, word_times=False)
    assert len(made) == 3
    assert made[0].words == ()


def test_without_words_there_is_no_segment() -> None:
    assert segments(with_words(span(0, 1), Hypothesis("")), None, word_times=False) == []
    blank = Hypothesis("x", (Word(" ", 0.0, 0.1),))
    assert segments(with_words(span(0, 1), blank), None, word_times=False) == []
