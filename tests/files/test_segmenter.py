"""Where a file is cut: spans cover all speech, leave out long silence, and are never too long."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.files.segmenter import MIN_PAUSE, MIN_SPEECH, CutOptions, Segmenter, samples
from realtime.files.span import Span
from realtime.vad.base import FRAME_SAMPLES

FRAME_S = FRAME_SAMPLES / 16_000
OPTIONS = CutOptions(longest=samples(10), silence=samples(1), apart=samples(1), overlap=samples(3))


def frames(seconds: float) -> int:
    return round(seconds / FRAME_S)


def cut(
    *runs: tuple[float, bool], options: CutOptions = OPTIONS, at_once: int = 10_000
) -> list[Span]:
    """Spans of voiced and silent runs, each given by its seconds."""
    flags = [float(voiced) for seconds, voiced in runs for _ in range(frames(seconds))]
    return cut_flags(flags, options, at_once)


def cut_flags(flags: list[float], options: CutOptions, at_once: int = 10_000) -> list[Span]:
    segmenter = Segmenter(options)
    spans = []
    for at in range(0, len(flags), at_once):
        before = segmenter.needed_from
        fresh = segmenter.receive(flags[at : at + at_once])
        assert all(span.start >= before for span in fresh)
        held = min(at + at_once, len(flags)) * FRAME_SAMPLES - segmenter.needed_from
        assert held <= options.reach + options.longest + options.clean + FRAME_SAMPLES
        spans += fresh
    return spans + segmenter.flush(len(flags) * FRAME_SAMPLES)


def seconds(span: Span) -> tuple[float, float]:
    return round(span.start / 16_000, 1), round(span.end / 16_000, 1)


def test_silence_gives_no_span() -> None:
    assert cut((600.0, False)) == []


def test_a_click_is_no_speech() -> None:
    assert cut((1.0, False), (FRAME_S, True), (2.0, False)) == []


def test_each_utterance_is_a_span_with_padding() -> None:
    spans = cut((2.0, False), (3.0, True), (4.0, False), (2.0, True), (1.5, False))
    assert [seconds(span) for span in spans] == [(1.7, 5.3), (8.7, 11.3)]
    assert not any(span.overlaps for span in spans)


def test_short_pauses_stay_inside() -> None:
    (span,) = cut((1.0, True), (0.5, False), (1.0, True), (1.5, False))
    assert len(span.speech) == 2


def test_a_full_span_is_cut_in_its_best_late_pause() -> None:
    runs = [(4.0, True), (0.9, False), (4.3, True), (0.3, False), (0.6, True), (0.5, False)]
    first, *_ = cut(*runs, (9.0, True))
    assert seconds(first)[1] == pytest.approx(9.3, abs=0.1)  # 0.3 s, but late enough
    assert not first.overlaps


def test_the_latest_of_good_pauses_fills_a_span_best() -> None:
    first, *_ = cut((8.2, True), (0.8, False), (0.6, True), (0.5, False), (9.0, True))
    assert seconds(first)[1] == pytest.approx(9.9, abs=0.1)


def test_where_nobody_pauses_neighbours_share_audio() -> None:
    spans = cut((25.0, True))
    for before, after in pairwise(spans):
        assert before.shares
        assert after.shared
        assert before.end - after.start == samples(3)
    assert spans[-1].end == frames(25.0) * FRAME_SAMPLES


def test_a_very_short_pause_is_no_clean_cut() -> None:
    first, second, *_ = cut((9.0, True), (0.13, False), (9.0, True))
    assert first.shares
    assert second.shared
    middle = (first.end + second.start) / 2 / 16_000
    assert middle == pytest.approx(9.07, abs=0.8)


def test_a_full_span_waits_until_a_silence_is_long_enough() -> None:
    (span,) = cut((9.8, True), (3.0, False))
    assert not span.overlaps
    assert seconds(span) == (0.0, 10.0)


def test_speech_after_a_very_short_silence_is_cut_normally() -> None:
    first, *_ = cut((9.8, True), (0.13, False), (5.0, True))
    assert first.shares


def test_audio_is_needed_from_the_padding_before_speech() -> None:
    segmenter = Segmenter(OPTIONS)
    segmenter.receive([0.0] * 100)
    assert segmenter.needed_from == 100 * FRAME_SAMPLES - OPTIONS.before
    segmenter.receive([1.0] * 10)
    assert segmenter.needed_from == 100 * FRAME_SAMPLES - OPTIONS.before
    segmenter.receive([0.0] * frames(1.2))
    assert segmenter.needed_from > 110 * FRAME_SAMPLES


def test_only_a_part_of_a_long_silence_inside_a_span_is_decoded() -> None:
    options = CutOptions(silence=samples(0.6), apart=samples(30))
    (span,) = cut(
        (1.0, False),
        (2.0, True),
        (0.5, False),
        (2.0, True),
        (9.0, False),
        (2.0, True),
        (31.0, False),
        options=options,
    )
    (first, second), voiced = span.pieces, span.speech
    assert len(voiced) == 3
    assert first == (voiced[0][0] - options.before, voiced[1][1] + samples(0.3))
    assert second == (voiced[2][0] - samples(0.3), voiced[2][1] + options.behind)


def test_a_span_is_full_by_its_decoded_audio() -> None:
    runs = [(0.8, True), (2.0, False)] * 9
    spans = cut(*runs, options=CutOptions(longest=samples(10), apart=samples(30)))
    assert [len(span.pieces) for span in spans] == [7, 2]
    assert samples(9) < spans[0].length <= samples(10.5)


def test_a_span_that_spreads_too_far_ends_with_the_next_silence() -> None:
    options = CutOptions(apart=samples(30), reach=samples(19))
    spans = cut(*[(1.0, True), (9.0, False)] * 4, options=options)
    assert [len(span.pieces) for span in spans] == [2, 2]


def test_a_click_after_a_cut_does_not_keep_the_audio() -> None:
    """The cut is made at the click, and the next span was to overlap the end of this one."""
    options = CutOptions(samples(10), silence=samples(9), apart=samples(9), overlap=samples(1))
    segmenter = Segmenter(options)
    flags = [1.0] * frames(7.4) + [0.0] * frames(2.6) + [1.0]
    (span,) = segmenter.receive(flags)
    assert span.shares
    assert segmenter.receive([0.0] * frames(60)) == []
    assert segmenter.needed_from == (len(flags) + frames(60)) * FRAME_SAMPLES - options.before
    spans = [*segmenter.receive([1.0] * frames(2)), *segmenter.flush(samples(99))]
    assert [one.shared for one in spans] == [False]


def test_a_shared_part_begins_after_the_omitted_silence() -> None:
    """An overlap of 4.6 s would begin in the silence between two runs."""
    options = CutOptions(samples(10), apart=samples(30), cut_from=1.0, overlap=samples(4.6))
    first, second, *_ = cut((5.2, True), (3.0, False), (9.0, True), options=options)
    assert first.shares
    assert second.shared
    assert second.start == second.speech[0][0] - samples(0.3)


RUNS = st.lists(
    st.tuples(st.integers(1, 60), st.integers(1, 400)).map(
        lambda run: [0.0] * run[0] + [1.0] * run[1]
    ),
    max_size=8,
).map(lambda runs: [flag for run in runs for flag in run])
CUTS = st.builds(
    CutOptions,
    longest=st.integers(samples(3), samples(29)),
    silence=st.integers(samples(0.3), samples(1)),
    apart=st.integers(samples(0.3), samples(6)),
    reach=st.integers(samples(5), samples(60)),
    cut_from=st.sampled_from([0.25, 0.5, 0.8]),
    clean=st.sampled_from([samples(0.1), samples(0.2), samples(0.3)]),
    overlap=st.integers(samples(1), samples(15)),
)


@given(RUNS, CUTS)
def test_all_speech_is_in_a_span_and_none_is_too_long(
    flags: list[float], options: CutOptions
) -> None:
    spans = cut_flags(flags, options)
    for span in spans:
        assert 0 <= span.start < span.end <= len(flags) * FRAME_SAMPLES
        assert all(a < b for a, b in span.pieces)
        assert all(before[1] < after[0] for before, after in pairwise(span.pieces))
        assert span.length <= options.longest + options.behind + FRAME_SAMPLES
        assert span.speech
        for first, last in span.speech:
            assert any(start <= first < last <= end for start, end in span.pieces)
        assert _longest_silence(span) <= max(options.silence, options.before, options.behind)
    for before, after in pairwise(spans):
        if after.shared:
            assert before.shares
            assert before.start < after.start < before.end
            assert after.end > before.end or after is spans[-1]
        else:
            assert before.end <= after.start
    heard = [any(a <= at < b for s in spans for a, b in s.pieces) for at in _voiced(flags)]
    assert all(heard)


def _longest_silence(span: Span) -> int:
    """The longest silence in the decoded audio of a span, in samples."""
    left_out = {after[0]: after[0] - before[1] for before, after in pairwise(span.pieces)}
    edges = [span.start, *(edge for run in span.speech for edge in run), span.end]
    return max(
        following - end - sum(n for at, n in left_out.items() if end < at <= following)
        for end, following in zip(edges[::2], edges[1::2], strict=True)
    )


def _voiced(flags: list[float]) -> list[int]:
    """The first sample of every voiced frame in a run that is long enough to be speech."""
    found, run = [], []
    for index, flag in enumerate([*flags, 0.0]):
        if flag:
            run.append(index * FRAME_SAMPLES)
        else:
            if len(run) * FRAME_SAMPLES >= MIN_SPEECH:
                found += run
            run = []
    return found


@given(RUNS, CUTS, st.integers(1, 300))
def test_blocks_change_nothing(flags: list[float], options: CutOptions, at_once: int) -> None:
    assert cut_flags(flags, options, at_once) == cut_flags(flags, options)


def test_the_shortest_pause_is_longer_than_a_stop() -> None:
    (span,) = cut((1.0, True), (MIN_PAUSE / 16_000 / 2, False), (1.0, True), (2.0, False))
    assert len(span.speech) == 1
