"""A final that was heard before it was due: kept while the hangover runs."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.session.flight import Flight
from realtime.types import Hypothesis


@dataclass(frozen=True, slots=True)
class Early:
    """What the model heard from the beginning of the utterance into a silence."""

    flight: Flight
    hypothesis: Hypothesis

    @property
    def due(self) -> bool:
        """The silence went on: the utterance ends where this was heard to."""
        return self.flight.utterance.end == self.flight.plan.end

    def hopeful(self, ending: int) -> bool:
        """Whether it may yet be due. `ending`: where the open utterance ends if the silence goes
        on, 0 while somebody speaks."""
        return self.flight.utterance.end is None and ending == self.flight.plan.end
