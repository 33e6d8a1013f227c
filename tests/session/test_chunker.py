"""When to decode which span."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.session.chunker import (
    ChunkOptions,
    Cut,
    Plan,
    Purpose,
    Utterance,
    advance,
    place,
    plan,
    samples,
)
from realtime.types import DecodeOptions, Task, Word

OPTIONS = ChunkOptions(
    chunk=samples(5), overlap=samples(1), hop=samples(0.5), lookahead=samples(0.5)
)


def utterance(start_s: float = 1.0, end_s: float | None = None) -> Utterance:
    end = None if end_s is None else samples(end_s)
    return Utterance(samples(start_s), samples(start_s + 0.3), DecodeOptions(), end=end)


def wanted(
    spoken: Utterance, judged_s: float, options: ChunkOptions = OPTIONS, partials: bool = True
) -> Plan | None:
    judged = samples(judged_s)
    return plan(spoken, judged, judged if partials else 0, options)


def test_no_partial_before_the_first_hop() -> None:
    assert wanted(utterance(), 1.4) is None


def test_every_hop_has_a_partial_of_the_open_utterance() -> None:
    spoken = utterance()
    assert wanted(spoken, 1.5) == Plan(Purpose.PARTIAL, samples(1), samples(1.5), samples(1.5))
    spoken.decoded_end = samples(1.5)
    assert wanted(spoken, 1.9) is None
    assert wanted(spoken, 2.0) is not None


def test_no_partials_if_they_are_off() -> None:
    assert wanted(utterance(), 4.0, partials=False) is None


def test_a_closed_utterance_is_decoded_whole() -> None:
    assert wanted(utterance(1, 4), 10) == Plan(Purpose.LAST, samples(1), samples(4), samples(4))


def test_long_speech_is_cut_once_a_partial_covers_the_limit() -> None:
    spoken = utterance()
    spoken.decoded_end = samples(6.2)
    assert wanted(spoken, 6.3) is None
    assert wanted(spoken, 6.5) == Plan(Purpose.CUT, samples(1), samples(6.5), samples(6))


def test_the_first_pause_late_in_the_chunk_is_the_place_to_cut() -> None:
    spoken = utterance()
    spoken.pauses = [
        (samples(2), samples(2.2)),
        (samples(4.8), samples(5.2)),
        (samples(5.4), samples(5.6)),
    ]
    assert wanted(spoken, 5.4) is None
    found = wanted(spoken, 5.5)
    assert found == Plan(Purpose.CUT, samples(1), samples(5.5), samples(5), at_pause=True)


def test_a_pause_early_in_the_chunk_is_no_reason_to_cut() -> None:
    spoken = utterance()
    spoken.pauses = [(samples(2), samples(2.2))]
    found = wanted(spoken, 6.5)
    assert found is not None
    assert not found.at_pause


def test_speech_is_cut_at_a_late_pause_even_if_the_rest_would_fit() -> None:
    spoken = utterance(1, 5.9)
    spoken.pauses = [(samples(4.8), samples(5.2))]
    found = wanted(spoken, 10)
    assert found is not None
    assert (found.purpose, found.limit) == (Purpose.CUT, samples(5))


def test_after_a_cut_the_overlap_is_decoded_again() -> None:
    spoken = utterance()
    advance(spoken, samples(5.4), False, OPTIONS)
    assert spoken.cut == samples(5.4)
    assert spoken.window_start == samples(4.4)
    assert spoken.said_from == samples(5.4)


@pytest.mark.parametrize(("overlap_s", "fitted_s"), [(0.2, 1.0), (2.0, 2.0)])
def test_after_a_cut_enough_is_decoded_again_for_a_whole_word(
    overlap_s: float, fitted_s: float
) -> None:
    options = ChunkOptions(chunk=samples(5), overlap=samples(overlap_s))
    assert options.overlap == samples(fitted_s)


@pytest.mark.parametrize(
    ("chunk_s", "left_s", "least_s", "fitted_s"),
    [
        (5, 0, 14, 8.2),  # with 0.8 s behind the cut
        (2, 0, 5, 2.2),
        (2, 4, 5, 4),  # the left context makes them longer
        (15, 0, 14, 0),
    ],
)
def test_windows_of_short_chunks_hold_as_much_audio_as_those_of_long_ones(
    chunk_s: float, left_s: float, least_s: float, fitted_s: float
) -> None:
    options = ChunkOptions(
        chunk=samples(chunk_s), left_context=samples(left_s), least_window=samples(least_s)
    )
    assert options.left_context == samples(fitted_s)


def test_audio_before_a_pause_is_decoded_again_where_the_window_would_be_short() -> None:
    options = ChunkOptions(chunk=samples(5), least_window=samples(14))
    spoken = utterance()
    spoken.pauses = [(samples(5.2), samples(5.6))]
    advance(spoken, samples(5.4), True, options)
    assert spoken.window_start == spoken.start
    assert spoken.hears_again


def test_after_a_pause_nothing_is_decoded_again() -> None:
    spoken = utterance()
    advance(spoken, samples(5), True, OPTIONS)
    assert spoken.window_start == samples(5)


def cut_behind(*probabilities: float, **given: tuple[float, float]) -> Cut | None:
    """The cut of a chunk that ends at 6 s, in which words of half a second begin at 1 s."""
    fresh = [Word(f" {i}", 1 + 0.5 * i, 1.5 + 0.5 * i, one) for i, one in enumerate(probabilities)]
    spoken = utterance()
    spoken.pauses = [(samples(at_s), samples(at_s + length_s)) for at_s, length_s in given.values()]
    found = Plan(Purpose.CUT, samples(1), samples(6.8), samples(6), at_pause=bool(given))
    return place(fresh, spoken, found, 0.0, OPTIONS)


@pytest.mark.parametrize(
    ("unlikely", "count", "at_s"),
    [
        ([], 10, 6.0),
        ([9], 9, 5.5),  # it waits for the next window
        ([8, 9], 8, 5.0),
        ([6, 7, 8, 9], 6, 4.0),  # so do those before it
        ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5, 3.5),  # but for those of the first half
        ([7], 10, 6.0),  # the one before a likely word was heard with enough audio behind it
        ([11], 10, 6.0),
    ],
)
def test_a_final_of_a_cut_ends_before_unlikely_words(
    unlikely: list[int], count: int, at_s: float
) -> None:
    probabilities = [0.5 if index in unlikely else 0.9 for index in range(12)]
    assert cut_behind(*probabilities) == Cut(count, samples(at_s), at_pause=False)


@pytest.mark.parametrize(("length_s", "at_pause"), [(0.1, False), (0.2, True)])
def test_a_cut_in_a_short_silence_is_one_in_mid_speech(length_s: float, at_pause: bool) -> None:
    found = cut_behind(*[0.9] * 12, pause=(6 - length_s / 2, length_s))
    assert found == Cut(10, samples(6), at_pause)


def test_left_context_goes_back_to_the_end_of_a_pause() -> None:
    options = ChunkOptions(chunk=samples(2), overlap=samples(1), left_context=samples(8))
    spoken = utterance()
    spoken.pauses = [(samples(4), samples(4.4)), (samples(9), samples(9.4))]
    advance(spoken, samples(3), False, options)
    assert spoken.window_start == samples(1)
    advance(spoken, samples(11), False, options)
    assert spoken.window_start == samples(4.2)
    advance(spoken, samples(14), False, options)
    assert spoken.window_start == samples(9.2)
    spoken.pauses = []
    advance(spoken, samples(20), False, options)
    assert spoken.window_start == samples(12)


def room_s(language: str, task: Task) -> float:
    """Seconds of a language that fit into one window: few of Burmese, 30 of all others."""
    return 4.7 if language == "my" and task == "transcribe" else 30.0


@pytest.mark.parametrize(
    ("given", "task", "heard", "longest_s"),
    [
        (None, "transcribe", "", 29.5),
        (None, "transcribe", "my", 4.7),
        ("my", "transcribe", "en", 4.7),
        ("en", "transcribe", "my", 29.5),
        ("my", "translate", "my", 29.5),
    ],
)
def test_a_window_holds_only_as_much_as_its_languages_text_allows(
    given: str | None, task: Task, heard: str, longest_s: float
) -> None:
    options = ChunkOptions(longest_s=room_s)
    fitted = options.fitted(DecodeOptions(language=given, task=task), heard)
    assert fitted.longest_window == samples(longest_s)
    assert fitted.chunk + fitted.overlap + fitted.lookahead <= fitted.longest_window


@given(
    st.floats(2, 28),
    st.floats(0, 5),
    st.floats(0, 30),
    st.floats(0, 60),
    st.booleans(),
    st.sampled_from(["en", "my"]),
)
def test_no_window_is_longer_than_the_models(
    chunk_s: float, overlap_s: float, left_s: float, cut_s: float, at_pause: bool, language: str
) -> None:
    asked = ChunkOptions(
        chunk=samples(chunk_s),
        overlap=samples(overlap_s),
        left_context=samples(left_s),
        longest_s=room_s,
    )
    options = asked.fitted(DecodeOptions(language=language), "")
    spoken = utterance(0.0)
    if cut_s >= 2:
        advance(spoken, samples(cut_s), at_pause, options)
    found = plan(spoken, samples(200), 0, options)
    assert found is not None
    assert found.end - found.start <= options.longest_window
    assert found.start <= spoken.cut < found.limit <= found.end
