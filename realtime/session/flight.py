"""What a session wants decoded, and what is being decoded for it."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.session.chunker import Plan, Purpose, Utterance
from realtime.types import Urgency, Window, WindowShape


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


def urgency_of(purpose: Purpose, *, first: bool) -> Urgency:
    """The engine's class. `first`: nothing of the utterance was shown yet."""
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
        return (voiced - utterance.heard) // hop - 1
    return max(0, ((utterance.speech_end or wanted.end) - utterance.heard) // hop)
