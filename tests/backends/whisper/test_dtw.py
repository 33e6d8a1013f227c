"""The warping path, compared with one that is computed cell by cell."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from realtime.backends.whisper.dtw import warp

COSTS = st.tuples(st.integers(1, 8), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(-5, 5).map(float))
)


def cheapest(costs: npt.NDArray[np.float64]) -> float:
    tokens, positions = costs.shape
    table = np.full((tokens + 1, positions + 1), np.inf)
    table[0, 0] = 0.0
    for i in range(tokens):
        for j in range(positions):
            before = min(table[i, j], table[i, j + 1], table[i + 1, j])
            table[i + 1, j + 1] = costs[i, j] + before
    return float(table[-1, -1])


@given(COSTS)
def test_the_path_is_monotonic_and_cheapest(
    costs: npt.NDArray[np.float64],
) -> None:
    path = warp(costs)
    assert path[0] == (0, 0)
    assert path[-1] == (costs.shape[0] - 1, costs.shape[1] - 1)
    for (token, position), (next_token, next_position) in itertools.pairwise(path):
        step = next_token - token, next_position - position
        assert step in {(0, 1), (1, 0), (1, 1)}
    assert sum(costs[cell] for cell in path) == cheapest(costs)


def test_a_clear_diagonal_is_followed() -> None:
    costs = np.ones((3, 6))
    for token in range(3):
        costs[token, 2 * token : 2 * token + 2] = -1.0
    assert warp(costs) == [(0, 0), (0, 1), (1, 2), (1, 3), (2, 4), (2, 5)]
