"""Voiced frames → runs of one voice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.speakers.stretches import LONGEST, PAUSE, Run, end_seconds, runs, seconds

parts = st.lists(st.tuples(st.booleans(), st.integers(1, 900)), max_size=12)


def mask(spans: list[tuple[bool, int]]) -> np.ndarray:
    return np.concatenate([np.full(n, loud) for loud, n in spans] or [np.zeros(0, bool)])


def test_a_pause_ends_a_run_and_a_long_run_is_halved() -> None:
    first, *rest = runs(mask([(True, 50), (False, PAUSE), (True, 30)]))
    assert (first, rest) == (Run(0, 50, 50), [Run(50 + PAUSE, 80 + PAUSE, 30)])
    assert runs(mask([(True, LONGEST + 2)])) == [
        Run(0, LONGEST // 2 + 1, LONGEST // 2 + 1),
        Run(LONGEST // 2 + 1, LONGEST + 2, LONGEST // 2 + 1),
    ]


def test_a_shorter_pause_is_part_of_a_run() -> None:
    assert runs(mask([(True, 50), (False, PAUSE - 1), (True, 30)])) == [Run(0, 79 + PAUSE, 80)]
    assert runs(mask([(False, 9)])) == []


def test_times_are_those_of_the_samples() -> None:
    assert seconds(100, 16_000) == 2.0
    assert end_seconds(100, 16_000) == 2.015


@given(parts)
def test_every_voiced_frame_is_in_exactly_one_run(spans: list[tuple[bool, int]]) -> None:
    loud = mask(spans)
    found = runs(loud)
    covered = np.zeros(len(loud), int)
    for run in found:
        covered[run.start : run.end] += 1
        assert run.voiced == loud[run.start : run.end].sum()
        assert run.end - run.start <= LONGEST
        assert loud[run.start]
        assert loud[run.end - 1]
    assert (covered[loud] == 1).all()
    assert (covered <= 1).all()
    assert all(one.end <= other.start for one, other in pairwise(found))
