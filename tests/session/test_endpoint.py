"""The beginnings, pauses and ends of utterances."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from realtime.session.endpoint import (
    NEXT,
    RUNS_OUT,
    Endpointer,
    EndpointOptions,
    EndpointState,
    Turn,
)
from realtime.vad.base import FRAME_MS, FRAME_SAMPLES

OPTIONS = EndpointOptions(endpoint_ms=320, onset_ms=64, min_pause_ms=96)


def run(
    probabilities: Sequence[float], options: EndpointOptions = OPTIONS
) -> list[tuple[Turn, int, int]]:
    """(turn, start frame, end frame) of every boundary."""
    endpointer, found = Endpointer(options), []
    for probability in probabilities:
        boundary = endpointer.receive(probability)
        if boundary is not None:
            found.append(
                (boundary.turn, boundary.start // FRAME_SAMPLES, boundary.end // FRAME_SAMPLES)
            )
    return found


def test_the_table_knows_every_state() -> None:
    assert set(NEXT) == set(EndpointState)
    assert set(RUNS_OUT) == {EndpointState.ONSET, EndpointState.HANGOVER}


def test_speech_between_silences() -> None:
    assert run([0] * 5 + [1] * 10 + [0] * 20) == [(Turn.BEGIN, 5, 7), (Turn.END, 15, 25)]


def test_a_single_voiced_frame_is_no_onset() -> None:
    assert run([0, 1, 0, 0, 1, 0]) == []


def test_a_pause_is_a_silence_that_did_not_end_the_utterance() -> None:
    assert run([1] * 5 + [0] * 4 + [1] * 5) == [(Turn.BEGIN, 0, 2), (Turn.PAUSE, 5, 9)]


def test_a_gap_between_two_sounds_is_no_pause() -> None:
    assert run([1] * 5 + [0] * 2 + [1] * 5) == [(Turn.BEGIN, 0, 2)]


def test_within_speech_a_lower_probability_is_enough() -> None:
    assert run([1] * 5 + [0.4] * 40) == [(Turn.BEGIN, 0, 2)]
    assert run([0.4] * 40) == []


def test_an_onset_of_one_frame_begins_at_once() -> None:
    assert run([1], EndpointOptions(onset_ms=1)) == [(Turn.BEGIN, 0, 1)]


def test_reset_forgets_the_speech() -> None:
    endpointer = Endpointer(OPTIONS)
    for _ in range(3):
        endpointer.receive(1.0)
    assert endpointer.speaking
    endpointer.reset()
    assert not endpointer.speaking
    assert endpointer.voiced_since is None
    assert endpointer.silent_since is None
    assert endpointer.position == 3 * FRAME_SAMPLES


@given(st.lists(st.floats(0, 1), max_size=200), st.integers(32, 1000), st.integers(1, 300))
def test_turns_alternate_and_never_overlap(
    probabilities: list[float], endpoint_ms: int, onset_ms: int
) -> None:
    found = run(probabilities, EndpointOptions(endpoint_ms=endpoint_ms, onset_ms=onset_ms))
    is_open, last = False, 0
    for turn, start, end in found:
        assert (turn is Turn.BEGIN) != is_open
        is_open = turn is not Turn.END
        assert last <= start <= end
        last = start
        if turn is Turn.END:
            assert (end - start) * FRAME_MS >= endpoint_ms
