"""Counts wrong keys by address: clients that guess keys must wait, and are logged once a minute.

Otherwise a script could try thousands of keys a second. Pure: the caller passes the time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from realtime.server.addresses import place_of

FREE_GUESSES = 10
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""At most 1,440 guesses a day."""
FORGET_S = 600.0
MOST_ADDRESSES = 10_000
MOST_FRIENDS = 16
REPORT_S = 60.0
"""Minimum time between two log lines."""


@dataclass(frozen=True, slots=True)
class WrongKeyLimits:
    """How many guesses an address has, and what is remembered of it."""

    free_guesses: int = FREE_GUESSES
    """Wrong keys before an address has to wait: people mistype, and old clients have an old key."""
    first_wait_s: float = FIRST_WAIT_S
    """Wait after the first guess beyond those; it doubles with each further one."""
    longest_wait_s: float = LONGEST_WAIT_S
    forget_s: float = FORGET_S
    """After this time without a wrong key, the count of an address starts again."""
    most_addresses: int = MOST_ADDRESSES
    """Addresses that are remembered; beyond that, the least recently active one is forgotten."""
    most_friends: int = MOST_FRIENDS
    """Owners of right keys that are remembered for each address."""


USUAL_LIMITS = WrongKeyLimits()


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
class WrongKeyReport:
    """Wrong keys since the last report."""

    address: str
    """The address from which most of them came."""
    guesses: int
    addresses: int


class WrongKeys:
    """Counts wrong keys. All times are seconds of one monotonic clock."""

    def __init__(self, limits: WrongKeyLimits = USUAL_LIMITS) -> None:
        self._limits = limits
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
        if len(place.friends) > self._limits.most_friends:
            place.friends.popitem(last=False)

    def wrong(self, address: str, now_s: float) -> WrongKeyReport | None:
        """Record a wrong key, or any key that was refused during a wait. Returns the report to log,
        where one is due."""
        place, limits = self._at(address), self._limits
        if now_s >= place.free_s:
            place.wrong = 1 if now_s - place.wrong_s > limits.forget_s else place.wrong + 1
            place.wrong_s = now_s
            too_many = place.wrong - limits.free_guesses
            if too_many > 0:
                doublings = min(too_many - 1, 16)  # no overflow; the longest wait comes far earlier
                wait_s = min(limits.first_wait_s * 2**doublings, limits.longest_wait_s)
                place.free_s = now_s + wait_s
        if address in self._unreported or len(self._unreported) < limits.most_addresses:
            self._unreported[address] = self._unreported.get(address, 0) + 1
        return self._report(now_s)

    def _at(self, address: str) -> _Place:
        name = place_of(address)
        place = self._places.setdefault(name, _Place())
        self._places.move_to_end(name)
        if len(self._places) > self._limits.most_addresses:
            self._places.popitem(last=False)
        return place

    def _report(self, now_s: float) -> WrongKeyReport | None:
        if self._reported_s is not None and now_s - self._reported_s < REPORT_S:
            return None
        counts, self._unreported, self._reported_s = self._unreported, {}, now_s
        return WrongKeyReport(
            max(counts, key=counts.__getitem__), sum(counts.values()), len(counts)
        )
