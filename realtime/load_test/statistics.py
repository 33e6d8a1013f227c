"""Percentiles and trends of measurements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def percentile(values: Sequence[float], percent: float) -> float:
    """A percentile; NaN where there are no values."""
    return float(np.percentile(values, percent)) if len(values) else float("nan")


def theil_sen(x: Sequence[float], y: Sequence[float]) -> float:
    """The median slope over all pairs of points, which is robust to single late answers."""
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    first, second = np.triu_indices(len(xs), 1)
    apart = xs[second] - xs[first]
    slopes = (ys[second] - ys[first])[apart != 0] / apart[apart != 0]
    return float(np.median(slopes)) if len(slopes) else float("nan")
