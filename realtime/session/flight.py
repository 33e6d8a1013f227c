"""The decode that a session wants next, and the one in progress."""

from __future__ import annotations

from dataclasses import dataclass, replace

from realtime.session.chunker import Plan, Purpose, Utterance
from realtime.session.transcript import Ending, seconds
from realtime.types import Hypothesis, Urgency, Window, WindowShape


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """The decode that the session wants next."""

    urgency: Urgency
    cadence_s: float
    """The hop: the pace at which partials are due."""
    shape: WindowShape
    """Shape of the window that `take_window` would return now."""
    missed: int
    """How many partials were due before this, on the sample clock, and are skipped."""


@dataclass(slots=True)
class Flight:
    """The window that is being decoded."""

    plan: Plan
    utterance: Utterance
    window: Window
    stale: bool = False
    """`clear` was called meanwhile: the answer is dropped."""

    def ending(self, end: int, hypothesis: Hypothesis | None, lag_ms: int) -> Ending:
        """Everything but the words of its final, which ends at the sample `end`.

        `hypothesis`: None where the window could not be decoded.
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
            options=utterance.options,
            heard_s=self.window.duration_s,
            audio=(utterance.cut, end),
            silences=utterance.silences(utterance.cut, end),
        )

    def as_(self, purpose: Purpose) -> Flight:
        """The same flight with another purpose."""
        return replace(self, plan=replace(self.plan, purpose=purpose))


def urgency_of(purpose: Purpose, first: bool, overdue: bool) -> Urgency:
    """The engine's urgency class. `first`: nothing of the utterance was shown yet; `overdue`: the
    stream waits for this early final."""
    if purpose is Purpose.EARLY and not overdue:
        return Urgency.EARLY_FINAL
    if purpose is not Purpose.PARTIAL:
        return Urgency.FINAL
    return Urgency.FIRST_PARTIAL if first else Urgency.PARTIAL


def missed_hops(plan: Plan, utterance: Utterance, cadence: int, voiced: int) -> int:
    """How many partials were due before `plan` and are skipped.

    `cadence`: samples between two partials; 0 where none are wanted. `voiced`: sample index up to
    which somebody spoke.
    """
    if not cadence or plan.purpose is Purpose.CUT:
        return 0
    hop = utterance.hop or cadence
    if plan.purpose is Purpose.PARTIAL:
        return max(0, (voiced - utterance.decoded_end) // hop - 1)
    return max(0, ((utterance.speech_end or voiced) - utterance.decoded_end) // hop)
