"""From voiced frames to stretches of one voice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.speakers.stretches import (
    CHANGE,
    LONGEST,
    PAUSE,
    SIDE,
    STEP,
    changes,
    end_seconds,
    evenly,
    parts,
    runs,
    seconds,
)


def mask(*spans: tuple[bool, int]) -> np.ndarray:
    return np.concatenate([np.full(n, loud) for loud, n in spans])


def lengths(found: list[np.ndarray]) -> list[tuple[int, int, int]]:
    """First and last frame, and their number."""
    return [(int(one[0]), int(one[-1]), len(one)) for one in found]


def test_a_pause_ends_a_run_and_a_shorter_one_does_not() -> None:
    loud = mask((False, 9), (True, 50), (False, PAUSE), (True, 30))
    assert lengths(runs(loud)) == [(9, 58, 50), (59 + PAUSE, 88 + PAUSE, 30)]
    loud = mask((True, 50), (False, PAUSE - 1), (True, 30))
    assert lengths(runs(loud)) == [(0, 78 + PAUSE, 80)]
    assert runs(mask((False, 9))) == []


def test_the_least_similar_positions_are_the_changes() -> None:
    apart = SIDE // STEP
    likeness = [0.9] * (3 * apart)
    likeness[2], likeness[3], likeness[4] = CHANGE - 0.1, CHANGE - 0.3, CHANGE - 0.2
    likeness[3 + apart] = CHANGE - 0.05
    assert changes(likeness) == [3, 3 + apart]
    assert changes([CHANGE] * 9) == []
    assert changes([]) == []


def test_frames_are_cut_at_changes_and_where_they_are_too_many() -> None:
    frames = np.arange(10, 10 + LONGEST + 150)
    assert lengths(parts(frames, [149])) == [
        (10, 158, 149),
        (159, 159 + LONGEST // 2, LONGEST // 2 + 1),
        (160 + LONGEST // 2, 159 + LONGEST, LONGEST // 2),
    ]


def test_times_are_those_of_the_samples() -> None:
    assert seconds(100, 16_000) == 2.0
    assert end_seconds(99, 16_000) == 2.015


@given(st.integers(0, 2_000), st.integers(0, 2_000), st.integers(1, 500))
def test_a_long_piece_is_cut_into_the_fewest_nearly_equal_parts(
    start: int, length: int, longest: int
) -> None:
    found = evenly(start, start + length, longest)
    assert [at for part in found for at in range(*part)] == list(range(start, start + length))
    sizes = [end - begin for begin, end in found]
    assert len(sizes) == -(-length // longest)
    assert not sizes or longest >= max(sizes) <= min(sizes) + 1


@given(st.lists(st.floats(-1, 1), max_size=60))
def test_changes_are_dissimilar_and_far_apart(likeness: list[float]) -> None:
    found = changes(likeness)
    assert all(likeness[place] < CHANGE for place in found)
    assert all(after - before >= SIDE // STEP for before, after in pairwise(found))
    near = {at for place in found for at in range(place - SIDE // STEP + 1, place + SIDE // STEP)}
    assert all(one >= CHANGE for at, one in enumerate(likeness) if at not in near)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 900)), min_size=1, max_size=12),
    st.sets(st.integers(1, 2_000)),
)
def test_every_voiced_frame_is_in_one_part(spans: list[tuple[bool, int]], at: set[int]) -> None:
    loud = mask(*spans)
    found = [
        part for run in runs(loud) for part in parts(run, [p for p in sorted(at) if p < len(run)])
    ]
    assert np.concatenate([[], *found]).tolist() == np.flatnonzero(loud).tolist()
    assert all(0 < len(part) <= LONGEST for part in found)
