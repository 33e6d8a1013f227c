"""Computes figures from the outcomes of requests. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hdrh.histogram import HdrHistogram

from realtime.evaluation.word_errors import word_error_rate

_LONGEST_US = 24 * 3600 * 1_000_000
_DIGITS = 3
CURVE = (0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 100)
"""Percentiles of the plotted curve."""


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """One request of the measured run."""

    number: int
    start_s: float
    """Time since the start of the run."""
    time_s: float
    """From sending to the complete answer."""
    audio_s: float
    error: str = ""
    """Kind of the failure; empty: the request succeeded."""
    message: str = ""
    reference: str | None = None
    text: str = ""

    @property
    def ok(self) -> bool:
        return not self.error

    def as_json(self) -> dict[str, Any]:
        """Plain values for the results file."""
        values: dict[str, Any] = {
            "number": self.number,
            "start": round(self.start_s, 4),
            "time": round(self.time_s, 4),
            "audio": round(self.audio_s, 3),
            "ok": self.ok,
            "error": self.error or None,
        }
        return values if self.ok else {**values, "message": self.message}


class Spread:
    """The distribution of times: percentiles by HdrHistogram, to three digits. Negative times count
    as 0: the first partial may come before the first word ends."""

    def __init__(self, times_s: Iterable[float]) -> None:
        self.times_s = list(times_s)
        self._histogram = HdrHistogram(1, _LONGEST_US, _DIGITS)
        for time_s in self.times_s:
            self._histogram.record_value(min(_LONGEST_US, max(0, round(time_s * 1e6))))

    def __len__(self) -> int:
        return len(self.times_s)

    def percentile(self, percent: float) -> float | None:
        """A percentile in s; None where there are no times."""
        if not self.times_s:
            return None
        value = float(self._histogram.get_value_at_percentile(percent)) / 1e6
        return min(value, max(0.0, *self.times_s))  # a bucket ends above its greatest value

    def curve(self) -> list[tuple[float, float]]:
        """Points (percent, s) for a plot."""
        return [(p, value) for p in CURVE if (value := self.percentile(p)) is not None]

    def summary(self) -> dict[str, float | None]:
        """Mean, median, min, max, p95 and p99 in s; all None where there are no times."""
        times = self.times_s
        if not times:
            return dict.fromkeys(("mean", "median", "min", "max", "p95", "p99"))
        return {
            "mean": statistics.fmean(times),
            "median": statistics.median(times),
            "min": min(times),
            "max": max(times),
            "p95": self.percentile(95),
            "p99": self.percentile(99),
        }

    def tail(self) -> dict[str, float | None]:
        """p50, p95 and p99 in s; all None where there are no times."""
        return {f"p{percent}": self.percentile(percent) for percent in (50, 95, 99)}


def measured(outcomes: Sequence[RequestOutcome], wall_s: float) -> dict[str, Any]:
    """The metrics of a run that took `wall_s` s. Times are those of successful requests."""
    good = [outcome for outcome in outcomes if outcome.ok]
    audio_s = sum(outcome.audio_s for outcome in good)
    total = len(outcomes)
    return {
        "total": total,
        "succeeded": len(good),
        "failed": total - len(good),
        "success_percent": 100 * len(good) / total if total else None,
        "errors": dict(Counter(outcome.error for outcome in outcomes if not outcome.ok)),
        "response_time": Spread(outcome.time_s for outcome in good).summary(),
        "wall_time": wall_s,
        "throughput": len(good) / wall_s if wall_s > 0 else None,
        "audio_seconds": audio_s,
        "rtfx": audio_s / wall_s if wall_s > 0 else None,
        "word_error_rate": errors_of((o.reference, o.text) for o in good),
    }


def errors_of(pairs: Iterable[tuple[str | None, str]]) -> float | None:
    """Word error rate in percent over pairs (reference, answer); None without any reference."""
    known = [(reference, hypothesis) for reference, hypothesis in pairs if reference]
    return word_error_rate(known).rate if known else None
