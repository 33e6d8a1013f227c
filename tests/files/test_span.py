"""Times in the decoded audio map exactly to times in the file, whatever was left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.files.span import Range, Span
from realtime.types import SAMPLE_RATE, Word

STEPS_S = 1 / 64
"""Times that floating point holds exactly, so that the map can be compared exactly."""


@st.composite
def pieces(draw: st.DrawFn) -> tuple[Range, ...]:
    """Pieces with gaps between them; multiples of 250 samples, which is `STEPS_S`."""
    at, found = 0, []
    for _ in range(draw(st.integers(1, 6))):
        start = at + 250 * draw(st.integers(1, 4000))
        at = start + 250 * draw(st.integers(1, 400))
        found.append((start, at))
    return tuple(found)


@st.composite
def heard(draw: st.DrawFn) -> tuple[Span, list[Word]]:
    """A span, and words in it as a model returns them: in order and without overlap."""
    span = Span(draw(pieces()), ())
    steps = draw(st.lists(st.integers(0, span.length // 250), max_size=24).map(sorted))
    times = [span.start / SAMPLE_RATE + step * STEPS_S for step in steps]
    pairs = zip(times[::2], times[1::2], strict=False)
    return span, [Word(f" {i}", *pair, probability=0.5) for i, pair in enumerate(pairs)]


def sample_of(span: Span, heard_s: float) -> int:
    """The file position of the audio at a decoded time, counted sample by sample."""
    left = round(heard_s * SAMPLE_RATE) - span.start
    for start, end in span.pieces:
        if left < end - start:
            return start + left
        left -= end - start
    return span.end


@given(heard())
def test_words_ascend_within_the_pieces_and_none_lasts_longer(
    case: tuple[Span, list[Word]],
) -> None:
    span, words = case
    found = span.in_file(words)
    assert [(w.text, w.probability) for w in found] == [(w.text, w.probability) for w in words]
    times = [time for word in found for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    for word, told in zip(found, words, strict=True):
        first, last = word.start_s * SAMPLE_RATE, word.end_s * SAMPLE_RATE
        assert any(start <= first <= last <= end for start, end in span.pieces)
        assert word.end_s - word.start_s <= told.end_s - told.start_s


@given(heard())
def test_words_within_a_piece_are_shifted_exactly(case: tuple[Span, list[Word]]) -> None:
    span, words = case
    for word, told in zip(span.in_file(words), words, strict=True):
        first, last = (sample_of(span, time_s) for time_s in (told.start_s, told.end_s))
        if any(start <= first <= last < end for start, end in span.pieces):
            assert (word.start_s, word.end_s) == (first / SAMPLE_RATE, last / SAMPLE_RATE)


def test_a_word_across_an_omission_is_placed_where_most_of_it_is() -> None:
    span = Span(((0, 16_000), (80_000, 96_000)), ())
    before, behind = span.in_file([Word("a", 0.5, 1.25), Word("b", 0.875, 1.5)])
    assert (before.start_s, before.end_s) == (0.5, 1.0)
    assert (behind.start_s, behind.end_s) == (5.0, 5.5)


def test_words_of_a_single_piece_are_unchanged() -> None:
    span, told = Span(((1_001, 20_003),), ()), Word("a", 0.1, 99.0)
    assert span.in_file([told]) == (told,)


def test_a_span_ends_with_its_file() -> None:
    span = Span(((0, 16_000), (80_000, 96_000)), ((5_000, 16_000), (85_000, 96_000)))
    clipped = span.clipped(95_000)
    assert clipped.pieces == ((0, 16_000), (80_000, 95_000))
    assert clipped.speech == ((5_000, 16_000), (85_000, 95_000))
    assert (clipped.start, clipped.end, clipped.length) == (0, 95_000, 31_000)
    assert span.clipped(99_000) == span


@given(pieces(), st.integers(0, 2**20))
def test_a_span_that_begins_later_keeps_its_end(parts: tuple[Range, ...], skipped: int) -> None:
    span = Span(parts, parts, shared=True)
    start = span.start + skipped % (span.end - span.start)
    later = span.begun_at(start)
    assert later.end == span.end
    assert later.shared
    assert later.follows
    assert later.speech == later.pieces
    assert later.length == sum(max(0, end - max(start, begin)) for begin, end in parts)
    assert all(begin < end for begin, end in later.pieces)
