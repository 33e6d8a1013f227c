"""Transcripts in pieces are the same after they were stored and loaded."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from realtime.files.options import Checkpoint
from realtime.jobs.job import SavedPiece
from realtime.jobs.pieces import batch_of, handed_over, restored, saved
from realtime.types import Segment, Word

TIMES = st.floats(0, 1e6)
WORDS = st.builds(Word, st.text(max_size=8), TIMES, TIMES, st.floats(0, 1))
SEGMENTS = st.builds(
    Segment,
    TIMES,
    TIMES,
    st.text(max_size=20),
    st.lists(WORDS, max_size=3).map(tuple),
    st.one_of(st.none(), st.integers(0, 7)),
    st.floats(-5, 0),
    st.floats(0, 1),
    st.floats(0, 9),
    st.one_of(st.none(), st.integers(0, 7)),
)
POSITIONS = st.lists(st.integers(0, 1 << 40), max_size=3).map(tuple)
CHECKPOINTS = st.builds(
    Checkpoint,
    POSITIONS,
    POSITIONS,
    st.sampled_from(["", "ko", "en"]),
    st.integers(0, 9999),
    st.floats(0, 9),
    st.lists(st.lists(st.floats(-1, 1), max_size=3).map(tuple), max_size=2).map(tuple),
    st.lists(st.just("sides_cancel"), max_size=1).map(tuple),
)


@given(st.lists(st.tuples(st.lists(SEGMENTS, max_size=3), CHECKPOINTS), max_size=4))
def test_pieces_are_restored_as_they_were(parts: list[tuple[list[Segment], Checkpoint]]) -> None:
    pieces = []
    for number, (segments, checkpoint) in enumerate(parts):
        piece = saved(number, segments, checkpoint)
        stored = orjson.loads(orjson.dumps([piece.segments, piece.checkpoint]))
        pieces.append(SavedPiece(number, tuple(stored[0]), stored[1]))
    found, last = restored(pieces)
    assert list(found) == [segment for segments, _ in parts for segment in segments]
    assert last == (parts[-1][1] if parts else None)


def test_pieces_stay_valid_after_an_attempt_by_an_api_elsewhere() -> None:
    """Workers with a model and without one may take turns at a job."""
    own = saved(0, [], Checkpoint(windows=7))
    assert (batch_of([]), batch_of([own])) == ("", "")
    first = handed_over([own], "one")
    assert (first.number, batch_of([own, first])) == (1, "one")
    second = handed_over([own, first], "two")
    assert (second.number, batch_of([own, second])) == (1, "two")
    assert restored([own, second]) == restored([own])
    assert restored([second]) == ((), None)
