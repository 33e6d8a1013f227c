"""Wrong keys by address: who guesses is slowed down, and is written down once a minute.

Without it a script tries thousands of keys a second. Pure: the caller brings the time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from realtime.server.addresses import place_of

FREE_GUESSES = 10
"""In a row, before an address has to wait: people mistype, and old clients have an old key."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""After the first guess too many, doubled with each further one: at most 1,440 guesses a day."""
FORGET_S = 600.0
"""After so long without a wrong key an address begins anew."""
MOST_ADDRESSES = 10_000
"""That are remembered; beyond it the quietest are forgotten."""
MOST_FRIENDS = 16
"""Right keys that are remembered of an address."""
REPORT_S = 60.0
"""Between two lines in the log."""


@dataclass(slots=True)
class _Place:
    """What came from one address."""

    wrong: int = 0
    wrong_s: float = 0.0
    """When the latest wrong key came."""
    free_s: float = 0.0
    """Until then nothing is compared."""
    friends: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """Owners of right keys that came from here."""


@dataclass(frozen=True, slots=True)
class Report:
    """Of the last minute."""

    address: str
    """From which most came."""
    guesses: int
    addresses: int


class WrongKeys:
    """Keeps count. All times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._reported_s: float | None = None
        self._unreported: dict[str, int] = {}

    def wait_s(self, address: str, now_s: float) -> float:
        """How long this address must wait before its next key is looked at; 0: not at all."""
        place = self._places.get(place_of(address))
        return max(0.0, place.free_s - now_s) if place is not None else 0.0

    def is_friend(self, address: str, owner: str) -> bool:
        """Whether the key of `owner` came from here before: many share an address (an office, a
        proxy), and one of them who guesses must not lock out the others."""
        place = self._places.get(place_of(address))
        return place is not None and owner in place.friends

    def right(self, address: str, owner: str) -> None:
        """A right key came. It does not wipe out wrong ones: a guesser may have a key, too."""
        place = self._at(address)
        place.friends[owner] = None
        place.friends.move_to_end(owner)
        if len(place.friends) > MOST_FRIENDS:
            place.friends.popitem(last=False)

    def wrong(self, address: str, now_s: float) -> Report | None:
        """A wrong key came, or any while its address had to wait; → what to write down, if it is
        time to."""
        place = self._at(address)
        if now_s >= place.free_s:
            place.wrong = 1 if now_s - place.wrong_s > FORGET_S else place.wrong + 1
            place.wrong_s = now_s
            too_many = place.wrong - FREE_GUESSES
            if too_many > 0:
                doublings = min(too_many - 1, 16)  # no overflow: the longest comes far before
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
