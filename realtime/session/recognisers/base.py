"""The interface of recognisers, which tell a session what to decode next and handle the answers.

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
    """The recogniser of one stream. Pure, like the session that it belongs to."""

    ahead: EarlyFinals
    """Finals decoded before they are due."""

    def plan(self) -> Plan | None:
        """The decode that the oldest utterance needs now, or None.

        Called only where there is an utterance and no window is out.
        """
        ...

    def decode_options(self, plan: Plan) -> DecodeOptions:
        """The decode options for the window of `plan`."""
        ...

    def window(self, plan: Plan) -> Window:
        """The window of `plan`: its audio, and what else the model needs."""
        ...

    def receive(self, flight: Flight, hypothesis: Hypothesis) -> None:
        """Take the model's answer: show it, finalise it, or keep it."""
        ...

    def fail(self, flight: Flight, error: RealtimeError) -> None:
        """Take the error of a decode that failed."""
        ...

    def forget(self) -> None:
        """Drop everything that is not final."""
        ...

    def settle(self) -> None:
        """Send what has become due, after the detector has moved on."""
        ...

    def words_complete(self, plan: Plan | None) -> bool:
        """Whether no further answer can improve the words before the current silence.
        `plan`: what the method `plan` returns now."""
        ...

    def silence_ms(self) -> int:
        """Silence that ends the utterance, depending on its words."""
        ...
