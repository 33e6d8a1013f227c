"""Computes when to retry a connection. Pure: the caller waits."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Exponential backoff with jitter, so that many clients do not reconnect in the same second."""

    first_s: float = 0.25
    most_s: float = 8.0
    give_up_s: float = 60.0
    """Limit of all tries together; by default as long as a server keeps a disconnected session."""
    chance: random.Random = field(default_factory=random.Random, repr=False)
    _tries: int = 0
    _since: float | None = None

    def succeeded(self) -> None:
        """Note a working connection: the next break starts with the first pause."""
        self._tries = 0
        self._since = None

    def next_delay(self, now: float, at_least_s: float = 0.0) -> float | None:
        """Seconds to wait before the next try; None: give up.

        `now`: any monotonic clock in seconds. `at_least_s`: the server's `Retry-After`.
        """
        if self._since is None:
            self._since = now
        # Half of the delay is fixed and half is random: clients are spread, and no delay is 0.
        wide = min(self.most_s, self.first_s * 2.0 ** min(self._tries, 32))
        delay = max(at_least_s, wide * self.chance.uniform(0.5, 1.0))
        self._tries += 1
        return None if now + delay - self._since > self.give_up_s else delay
