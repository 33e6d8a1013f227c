"""The largest number that holds: doubling until one does not, then halving the gap. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 4096
"""Streams: more than one player can pace."""
GRAIN = 16
"""The search ends once the gap is a sixteenth of what holds: latencies are no more exact."""


@dataclass(slots=True)
class Search:
    """Ask `next` for a number to try, `tell` how it went, until `next` is None."""

    first: int
    best: int = 0
    """The largest that held."""
    _failed: int | None = None
    tried: list[int] = field(default_factory=list)

    def next(self) -> int | None:
        """What to try; None: it is found."""
        if self._failed is None:
            number = min(MOST, self.best * 2) if self.best else self.first
            return None if number == self.best else number
        if self._failed - self.best <= max(1, self.best // GRAIN):
            return None
        return (self.best + self._failed) // 2

    def tell(self, number: int, *, held: bool) -> None:
        """Whether `number` held."""
        self.tried.append(number)
        if held:
            self.best = max(self.best, number)
        else:
            self._failed = number if self._failed is None else min(self._failed, number)
