"""What a session wants decoded, and what is being decoded for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from realtime.session.chunker import Plan, Purpose, Utterance
from realtime.session.transcript import Ending, seconds
from realtime.types import Hypothesis, Urgency, Window, WindowShape


@dataclass(frozen=True, slots=True)
class Wish:
    """What the session would like decoded."""

    urgency: Urgency
    cadence_s: float
    """The hop: the pace at which partials are due."""
    shape: WindowShape
    """Of what `take_window` would give now."""
    missed: int
    """How many partials were due before this, on the sample clock, and are left out by it."""


@dataclass(slots=True)
class Flight:
    """The window that is being decoded."""

    plan: Plan
    utterance: Utterance
    window: Window
    stale: bool = False
    """`clear` came in between: drop the answer."""

    def ending(self, end: int, hypothesis: Hypothesis | None, lag_ms: int) -> Ending:
        """What its final, which ends at the sample `end`, says besides its words.

        `hypothesis`: None where it could not be decoded.
        """
        utterance, last = self.utterance, self.plan.purpose is Purpose.LAST
        return Ending(
            start=seconds(utterance.said_from),
            end=seconds(end),
            language=hypothesis.language if hypothesis else utterance.options.language or "",
            language_probability=hypothesis.language_probability if hypothesis else 0.0,
            words=utterance.options.word_times,
            endpoint=last and utterance.endpoint,
            flush=last and utterance.flushes > 0,
            lag_ms=lag_ms,
            asked=utterance.options,
            heard_s=self.window.duration_s,
            audio=(utterance.cut, end),
            silences=utterance.silences(utterance.cut, end),
        )

    def as_(self, purpose: Purpose) -> Flight:
        """The same, heard for something else."""
        return replace(self, plan=replace(self.plan, purpose=purpose))


def urgency_of(purpose: Purpose, first: bool, overdue: bool) -> Urgency:
    """The engine's class. `first`: nothing of the utterance was shown yet; `overdue`: an early
    final that a stream waits for."""
    if purpose is Purpose.EARLY and not overdue:
        return Urgency.EARLY_FINAL
    if purpose is not Purpose.PARTIAL:
        return Urgency.FINAL
    return Urgency.FIRST_PARTIAL if first else Urgency.PARTIAL


def missed_hops(wanted: Plan, utterance: Utterance, cadence: int, voiced: int) -> int:
    """How many partials were due before `wanted` and are left out by it.

    `cadence`: samples between two; 0 where none are wanted. `voiced`: up to where somebody spoke.
    """
    if not cadence or wanted.purpose is Purpose.CUT:
        return 0
    hop = utterance.hop or cadence
    if wanted.purpose is Purpose.PARTIAL:
        return max(0, (voiced - utterance.heard) // hop - 1)
    return max(0, ((utterance.speech_end or voiced) - utterance.heard) // hop)
