"""Whose key it is, and how much goes with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

NOBODY = ""
"""The owner where no keys are set: there is nothing to tell clients apart by."""
OWNER_LETTERS = 16
SHOWN_LETTERS = 6
"""Of the owner, in the name of a key that nobody named."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What one key may use. 0: no limit."""

    max_streams: int = 0
    """Live streams at once."""
    audio_hours: float = 0.0
    """Live and in files, a day (UTC)."""

    @property
    def audio_s(self) -> float:
        return self.audio_hours * 3600


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever has a key."""

    owner: str
    """What belongs to the holder is marked with it: jobs, uploads, streams."""
    name: str
    """In logs and metrics. Tells nothing of the key."""
    quota: Quota = field(default_factory=Quota)


def owner_of(key: str) -> str:
    """A name for whoever has this key, which does not tell it."""
    return _owner("realtime owner ", key)


def owner_named(name: str) -> str:
    """Of a holder with a name, whatever the key: who gets a new one keeps what is there."""
    return _owner("realtime holder ", name)


def unnamed(key: str, quota: Quota) -> Holder:
    """The holder of a key that has no name."""
    owner = owner_of(key)
    return Holder(owner, f"key-{owner[:SHOWN_LETTERS]}", quota)


def named(name: str, quota: Quota) -> Holder:
    return Holder(owner_named(name), name, quota)


def digest(key: str) -> str:
    """What is kept of a key: from 32 random bytes nobody finds the way back."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _owner(kind: str, text: str) -> str:
    hashed = hashlib.sha256(kind.encode() + text.encode()).hexdigest()
    return hashed[:OWNER_LETTERS]
