"""Dynamic time warping: at which position of the audio each token was spoken. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Costs = npt.NDArray[np.floating]

_BOTH, _TOKEN, _POSITION = 0, 1, 2
"""Which indices a step of the path advances."""


def warp(costs: Costs) -> list[tuple[int, int]]:
    """The cheapest monotonic path through `costs`, shape (tokens, positions), both above 0.

    Every step advances the token, the position, or both; the path leads from corner to corner. On
    equal costs it stays with the token.
    """
    steps = _steps(costs)
    token, position = costs.shape[0] - 1, costs.shape[1] - 1
    path = [(token, position)]
    while token or position:
        step = _POSITION if token == 0 else _TOKEN if position == 0 else steps[token, position]
        token -= step != _POSITION
        position -= step != _TOKEN
        path.append((int(token), int(position)))
    return path[::-1]


def _steps(costs: Costs) -> npt.NDArray[np.int8]:
    """The last step of the cheapest path to each cell. Computed one diagonal at a time: its cells
    do not depend on each other."""
    tokens, positions = costs.shape
    steps = np.zeros((tokens, positions), np.int8)
    # Costs of the diagonals two and one before, by token + 1; infinite beyond the edges.
    before = np.full(tokens + 1, np.inf)
    last = np.full(tokens + 1, np.inf)
    before[0] = 0.0  # the corner outside, from which the first cell is reached
    for diagonal in range(tokens + positions - 1):
        low, high = max(0, diagonal - positions + 1), min(tokens, diagonal + 1)
        rows = np.arange(low, high)
        both, token, position = before[low:high], last[low:high], last[low + 1 : high + 1]
        step = np.where(
            (position <= both) & (position <= token),
            _POSITION,
            np.where(both <= token, _BOTH, _TOKEN),
        )
        steps[rows, diagonal - rows] = step
        least = np.minimum(np.minimum(both, token), position)
        now = np.full(tokens + 1, np.inf)
        now[low + 1 : high + 1] = costs[rows, diagonal - rows] + least
        before, last = last, now
    return steps
