"""Finds the largest number that passes: doubles until one fails, then halves the gap. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 4096
"""Most streams to try: more than one player can send on time."""
GRAIN = 16
"""The search ends once the gap is a sixteenth of the best number: latencies are no more precise."""


@dataclass(slots=True)
class CapacitySearch:
    """Get a number from `next`, report its result with `tell`, until `next` is None."""

    first: int
    most: int = MOST
    best: int = 0
    """The largest number that passed."""
    _failed: int | None = None
    tried: list[int] = field(default_factory=list)

    def next(self) -> int | None:
        """The number to try; None: the search is over."""
        if self._failed is None:
            number = min(self.most, self.best * 2) if self.best else self.first
            return None if number == self.best else number
        if self._failed - self.best <= max(1, self.best // GRAIN):
            return None
        return (self.best + self._failed) // 2

    def tell(self, number: int, *, held: bool) -> None:
        """Report whether `number` passed."""
        self.tried.append(number)
        if held:
            self.best = max(self.best, number)
        else:
            self._failed = number if self._failed is None else min(self._failed, number)
