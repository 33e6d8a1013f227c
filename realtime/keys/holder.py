"""Holders of API keys, and their quotas."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

NOBODY = ""
"""The owner of everything where no keys are set: clients cannot be distinguished then."""
OWNER_LETTERS = 16
SHOWN_LETTERS = 6
"""How many letters of `owner` are in the name of a holder without a name."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What one key may use. 0: no limit."""

    max_streams: int = 0
    """Live streams open at once."""
    audio_hours: float = 0.0
    """Hours of live audio and files together, per day (UTC)."""

    @property
    def audio_s(self) -> float:
        return self.audio_hours * 3600


@dataclass(frozen=True, slots=True)
class Holder:
    """The person or program that has a key."""

    owner: str
    """Id stored with what belongs to the holder: jobs, uploads, streams."""
    name: str
    """Shown in logs and metrics. Reveals nothing of the key."""
    quota: Quota = field(default_factory=Quota)


def owner_of(key: str) -> str:
    """Id of the owner of a key without a name. It does not reveal the key."""
    return _owner("realtime owner ", key)


def owner_named(name: str) -> str:
    """Id of an owner with a name. It does not depend on the key, so that with a new key the holder
    keeps jobs, uploads and streams."""
    return _owner("realtime holder ", name)


def unnamed(key: str, quota: Quota) -> Holder:
    """The holder of a key that has no name."""
    owner = owner_of(key)
    return Holder(owner, shown_owner(owner), quota)


def shown_owner(owner: str) -> str:
    """The name of an owner without a name, or whose key this process does not know."""
    return f"key-{owner[:SHOWN_LETTERS]}" if owner != NOBODY else ""


def named(name: str, quota: Quota) -> Holder:
    return Holder(owner_named(name), name, quota)


def digest(key: str) -> str:
    """The hash that is stored instead of a key: 32 random bytes cannot be recovered from it."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _owner(kind: str, text: str) -> str:
    hashed = hashlib.sha256(kind.encode() + text.encode()).hexdigest()
    return hashed[:OWNER_LETTERS]
