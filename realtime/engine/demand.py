"""How many streams the model keeps up with, by what their finals cost on this machine. Pure.

Partials of a busy model come more seldom, but every final must be decoded. So a stream needs what
its finals cost: seconds of a worker for each second of audio that they cover, times the share of
its time in which it talks. Both are guessed at the start, and measured while streams talk: work of
others on this machine, batches, passes that are heard again and the model's own pace are in them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SHARE = 0.6
"""Of the workers' time that finals may take: what waits for a worker that is busy so much of the
time waits for a call or two, at 0.8 for three times as long, and without end beyond 1. With 0.7 and
the guess of the start, which knows no pass that is heard again, stock base took one stream too many
on a busy machine: p95 16.9 s."""
MEMORY_S = 60.0
"""What was measured so long ago counts for a third (1/e)."""
TYPICAL_FINAL_S = 4.4
"""Audio that one final covers: read sentences with pauses of 0.4 s between them."""
GUESSED_AUDIO_S = 2 * TYPICAL_FINAL_S
"""The guess of what finals cost weighs as much as finals of so much audio: a call at the start on
this machine is a good guess."""
GUESSED_STREAM_S = 60.0
"""The guess that streams talk all the time weighs as much as so much audio received. A stream whose
first final is still to come has brought audio, and as yet no work."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Since the start; all in seconds."""

    received_s: float
    """Audio that streams sent."""
    covered_s: float
    """Audio in windows of finals."""
    worked_s: float
    """Time that a worker spent on them."""
    dropped_s: float = 0.0
    """Of the audio covered: that of finals which were decoded before they were due and were not
    needed. A busy model does nothing ahead, so they are no part of what streams need of it."""


class Demand:
    """What streams need of the model. Times are monotonic seconds."""

    def __init__(self, now: float, totals: Totals) -> None:
        self._at = now
        self._told = totals
        self._received_s = 0.0
        self._covered_s = 0.0
        self._worked_s = 0.0
        self._dropped_s = 0.0

    def observe(self, now: float, totals: Totals) -> None:
        """Take in what was done since the last call, as if it had been done evenly."""
        passed_s, told = now - self._at, self._told
        if passed_s <= 0.0:
            return
        kept = math.exp(-passed_s / MEMORY_S)
        counts = MEMORY_S * (1.0 - kept) / passed_s  # 1 for a moment, less for an hour
        self._received_s = kept * self._received_s + counts * (totals.received_s - told.received_s)
        self._covered_s = kept * self._covered_s + counts * (totals.covered_s - told.covered_s)
        self._worked_s = kept * self._worked_s + counts * (totals.worked_s - told.worked_s)
        self._dropped_s = kept * self._dropped_s + counts * (totals.dropped_s - told.dropped_s)
        self._at, self._told = now, totals

    def final_s(self, guess_s: float) -> float:
        """Worker's seconds for a typical final. `guess_s`: the same by a call at the start."""
        guessed_s = guess_s * GUESSED_AUDIO_S / TYPICAL_FINAL_S
        cost = (guessed_s + self._worked_s) / (GUESSED_AUDIO_S + self._covered_s)
        return cost * TYPICAL_FINAL_S

    def streams(self, workers: int, guess_s: float) -> int | None:
        """How many `workers` keep up with, at least one; None: there is no end to it."""
        needed_s = self._covered_s - self._dropped_s
        talks = (GUESSED_STREAM_S + needed_s) / (GUESSED_STREAM_S + self._received_s)
        each = talks * self.final_s(guess_s) / TYPICAL_FINAL_S
        return max(1, int(SHARE * workers / each)) if each > 0.0 else None
