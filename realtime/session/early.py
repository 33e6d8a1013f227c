"""Finals decoded before they are due and kept while the hangover runs. Their words may decide how
long it lasts."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.session.flight import Flight
from realtime.types import Hypothesis


@dataclass(slots=True)
class EarlyFinal:
    """The hypothesis of an EARLY decode, whose window ends in a silence."""

    flight: Flight
    hypothesis: Hypothesis
    visible: bool
    """It is also sent as a partial: partials are wanted, its words have times, the hypothesis is
    not doubtful, and it is not due at once."""

    def __post_init__(self) -> None:
        good = bool(self.hypothesis.words) and not self.hypothesis.doubtful
        self.visible = self.visible and good and not self.due

    @property
    def due(self) -> bool:
        """The silence went on: the utterance ends where this window ends."""
        return self.flight.utterance.end == self.flight.plan.end

    def hopeful(self, ending: int) -> bool:
        """Whether it may still become due. `ending`: where the open utterance ends if the silence
        goes on, 0 while somebody speaks."""
        return self.flight.utterance.end is None and ending == self.flight.plan.end


@dataclass(slots=True)
class EarlyFinals:
    """The newest early final of a stream, and how many samples were decoded for earlier ones."""

    early: EarlyFinal | None = None
    sent: int = 0
    """Samples in windows of early finals that became due."""
    dropped: int = 0
    """Samples in windows of early finals that were dropped because speech went on."""

    @property
    def hypothesis(self) -> Hypothesis | None:
        return None if self.early is None else self.early.hypothesis

    def settle(self, ending: int) -> EarlyFinal | None:
        """Remove and return the early final if it is due; drop it if it can no longer become due.
        `ending`: as in `EarlyFinal.hopeful`."""
        early = self.early
        if early is None or early.hopeful(ending):
            return None
        self.early = None
        if not early.due:
            self.dropped += len(early.flight.window.samples)
            return None
        self.sent += len(early.flight.window.samples)
        return early
