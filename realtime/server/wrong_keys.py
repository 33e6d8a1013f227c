"""Counts wrong keys by address: clients that guess keys must wait, and are logged once a minute.

Otherwise a script could try thousands of keys a second. Pure: the caller passes the time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from realtime.server.addresses import place_of

FREE_GUESSES = 10
"""Wrong keys before an address has to wait: people mistype, and old clients have an old key."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Wait after the first guess beyond those, doubled with each further one, and the longest wait: at
most 1,440 guesses a day."""
FORGET_S = 600.0
"""After this time without a wrong key, the count of an address starts again."""
MOST_ADDRESSES = 10_000
"""Addresses that are remembered; beyond that, the least recently active one is forgotten."""
MOST_FRIENDS = 16
"""Owners of right keys that are remembered for each address."""
REPORT_S = 60.0
"""Minimum time between two log lines."""


@dataclass(slots=True)
class _Place:
    """The keys that came from one address."""

    wrong: int = 0
    wrong_s: float = 0.0
    """When the latest wrong key came."""
    free_s: float = 0.0
    """Until then keys are refused, except those of `friends`."""
    friends: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """Owners of right keys that came from this address."""


@dataclass(frozen=True, slots=True)
class Report:
    """Wrong keys since the last report."""

    address: str
    """The address from which most of them came."""
    guesses: int
    addresses: int


class WrongKeys:
    """Counts wrong keys. All times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._reported_s: float | None = None
        self._unreported: dict[str, int] = {}

    def wait_s(self, address: str, now_s: float) -> float:
        """How long this address must wait before its next key is checked; 0: no wait."""
        place = self._places.get(place_of(address))
        return max(0.0, place.free_s - now_s) if place is not None else 0.0

    def is_friend(self, address: str, owner: str) -> bool:
        """Whether a key of `owner` came from this address before: many clients share an address (an
        office, a proxy), and one that guesses must not lock out the others."""
        place = self._places.get(place_of(address))
        return place is not None and owner in place.friends

    def right(self, address: str, owner: str) -> None:
        """Record a right key. It does not reset the count: a client that guesses may have a key,
        too."""
        place = self._at(address)
        place.friends[owner] = None
        place.friends.move_to_end(owner)
        if len(place.friends) > MOST_FRIENDS:
            place.friends.popitem(last=False)

    def wrong(self, address: str, now_s: float) -> Report | None:
        """Record a wrong key, or any key that was refused during a wait. Returns the report to log,
        where one is due."""
        place = self._at(address)
        if now_s >= place.free_s:
            place.wrong = 1 if now_s - place.wrong_s > FORGET_S else place.wrong + 1
            place.wrong_s = now_s
            too_many = place.wrong - FREE_GUESSES
            if too_many > 0:
                doublings = min(too_many - 1, 16)  # no overflow; the longest wait comes far earlier
                place.free_s = now_s + min(FIRST_WAIT_S * 2**doublings, LONGEST_WAIT_S)
        if address in self._unreported or len(self._unreported) < MOST_ADDRESSES:
            self._unreported[address] = self._unreported.get(address, 0) + 1
        return self._report(now_s)

    def _at(self, address: str) -> _Place:
        name = place_of(address)
        place = self._places.setdefault(name, _Place())
        self._places.move_to_end(name)
        if len(self._places) > MOST_ADDRESSES:
            self._places.popitem(last=False)
        return place

    def _report(self, now_s: float) -> Report | None:
        if self._reported_s is not None and now_s - self._reported_s < REPORT_S:
            return None
        counts, self._unreported, self._reported_s = self._unreported, {}, now_s
        return Report(max(counts, key=counts.__getitem__), sum(counts.values()), len(counts))
