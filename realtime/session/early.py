"""A final that was heard before it was due: kept while the hangover runs. Its words may decide how
long that is."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.session.flight import Flight
from realtime.types import Hypothesis


@dataclass(slots=True)
class EarlyFinal:
    """What the model heard from the beginning of the utterance into a silence."""

    flight: Flight
    hypothesis: Hypothesis
    shown: bool
    """It is a partial besides, for whoever wants partials: every word has a time, nothing is in
    doubt, and it is not due at once."""

    def __post_init__(self) -> None:
        good = bool(self.hypothesis.words) and not self.hypothesis.doubtful
        self.shown = self.shown and good and not self.due

    @property
    def due(self) -> bool:
        """The silence went on: the utterance ends where this was heard to."""
        return self.flight.utterance.end == self.flight.plan.end

    def hopeful(self, ending: int) -> bool:
        """Whether it may yet be due. `ending`: where the open utterance ends if the silence goes
        on, 0 while somebody speaks."""
        return self.flight.utterance.end is None and ending == self.flight.plan.end


@dataclass(slots=True)
class EarlyFinals:
    """The newest such final of a stream, and what became of those before."""

    early: EarlyFinal | None = None
    given: int = 0
    """Samples in windows heard before they were due, and given out."""
    dropped: int = 0
    """The same, dropped as speech went on."""

    @property
    def hypothesis(self) -> Hypothesis | None:
        return None if self.early is None else self.early.hypothesis

    def settle(self, ending: int) -> EarlyFinal | None:
        """What is due now: nobody has it any more. `ending`: as of `EarlyFinal.hopeful`."""
        early = self.early
        if early is None or early.hopeful(ending):
            return None
        self.early = None
        if not early.due:
            self.dropped += len(early.flight.window.samples)
            return None
        self.given += len(early.flight.window.samples)
        return early
