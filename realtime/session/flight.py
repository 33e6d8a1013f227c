"""What a session wants decoded, and what is being decoded for it."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.session.chunker import Plan, Utterance
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
