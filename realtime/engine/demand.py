"""Estimates how many streams the model keeps up with from the cost of their finals. Pure.

A busy model makes partials rarer, but every final must be decoded. So a stream needs what its
finals cost: worker seconds per second of audio that they cover, times the share of its time that is
speech. Both start as guesses and are then measured on this machine, so that other load, batching,
second passes and the model's own speed are included.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SHARE = 0.6
"""Share of the workers' time that finals may take. At this load a request waits for one or two
calls, at 0.8 three times as long, above 1 longer and longer. With 0.7 and the initial guess, which
does not include second passes, one stream too many of stock base was admitted on a busy machine:
p95 16.9 s."""
MEMORY_S = 60.0
"""Time constant: a measurement of this age counts for a third (1/e)."""
TYPICAL_FINAL_S = 4.4
"""Audio that one final covers: read sentences with pauses of 0.4 s between them."""
GUESSED_AUDIO_S = 2 * TYPICAL_FINAL_S
"""Weight of the initial guess of what finals cost, as seconds of audio: one timed call on this
machine is a good guess."""
GUESSED_STREAM_S = 60.0
"""Weight of the initial guess that streams talk all the time, as seconds of received audio. A
stream before its first final has sent audio but caused no work yet."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals since the start, in seconds."""

    received_s: float
    """Audio that streams sent."""
    covered_s: float
    """Audio in windows of finals."""
    worked_s: float
    """Worker time spent on finals."""
    dropped_s: float = 0.0
    """Part of the covered audio: finals that were decoded early and then not needed. While finals
    that are due wait, none is decoded early, so they are not part of the demand."""


class Demand:
    """Estimates how much of the model's time streams need. Times are monotonic seconds."""

    def __init__(self, now: float, totals: Totals) -> None:
        self._at = now
        self._last = totals
        self._received_s = 0.0
        self._covered_s = 0.0
        self._worked_s = 0.0
        self._dropped_s = 0.0

    def observe(self, now: float, totals: Totals) -> None:
        """Add the work since the last call, as if it had been spread evenly."""
        passed_s, last = now - self._at, self._last
        if passed_s <= 0.0:
            return
        decay = math.exp(-passed_s / MEMORY_S)
        counts = MEMORY_S * (1.0 - decay) / passed_s  # 1 for a short time, less for an hour
        self._received_s = decay * self._received_s + counts * (totals.received_s - last.received_s)
        self._covered_s = decay * self._covered_s + counts * (totals.covered_s - last.covered_s)
        self._worked_s = decay * self._worked_s + counts * (totals.worked_s - last.worked_s)
        self._dropped_s = decay * self._dropped_s + counts * (totals.dropped_s - last.dropped_s)
        self._at, self._last = now, totals

    def final_s(self, guess_s: float) -> float:
        """Worker seconds for a typical final. `guess_s`: the same, from one call at the start."""
        guessed_s = guess_s * GUESSED_AUDIO_S / TYPICAL_FINAL_S
        cost = (guessed_s + self._worked_s) / (GUESSED_AUDIO_S + self._covered_s)
        return cost * TYPICAL_FINAL_S

    def streams(self, workers: int, guess_s: float) -> int | None:
        """Number of streams that `workers` keep up with, at least one; None: any number."""
        needed_s = self._covered_s - self._dropped_s
        talks = (GUESSED_STREAM_S + needed_s) / (GUESSED_STREAM_S + self._received_s)
        each = talks * self.final_s(guess_s) / TYPICAL_FINAL_S
        return max(1, int(SHARE * workers / each)) if each > 0.0 else None
