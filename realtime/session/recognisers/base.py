"""What a session asks of a kind of recogniser: what to decode next, and what an answer means.

The session keeps the order: one window is out at a time, always of the oldest utterance, and an
answer that comes after `clear` never reaches the recogniser.
"""

from __future__ import annotations

from typing import Protocol

from realtime.errors import RealtimeError
from realtime.session.chunker import Plan
from realtime.session.early import EarlyFinals
from realtime.session.flight import Flight
from realtime.types import DecodeOptions, Hypothesis, Window


class Recogniser(Protocol):
    """One stream's. Pure, like the session that it belongs to."""

    ahead: EarlyFinals
    """Finals that were heard before they were due."""

    def plan(self) -> Plan | None:
        """The decode that the oldest utterance needs now; there is one, and no window is out."""
        ...

    def decode_options(self, wanted: Plan) -> DecodeOptions:
        """What the model is told with the window of `wanted`."""
        ...

    def window(self, wanted: Plan) -> Window:
        """The audio of `wanted`, with what the model needs beside it."""
        ...

    def hear(self, flight: Flight, hypothesis: Hypothesis) -> None:
        """The model's answer: show it, finalise it, or keep it."""
        ...

    def fail(self, flight: Flight, error: RealtimeError) -> None:
        """There will be no answer."""
        ...

    def forget(self) -> None:
        """Everything that is not final was dropped."""
        ...

    def settle(self) -> None:
        """The detector went on: give out what has become due by that."""
        ...

    def heard_out(self, wanted: Plan | None) -> bool:
        """Whether nothing said before the present silence will be known better than it is.
        `wanted`: what `plan` gives now."""
        ...

    def silence_ms(self) -> int:
        """Silence that ends the utterance, by what was said in it."""
        ...
