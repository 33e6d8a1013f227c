"""Keys: which one a request brings, whether it is right, and whose it is."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import structlog

from realtime.errors import LimitReached, Unauthorized
from realtime.server.wrong_keys import WrongKeys

log = structlog.get_logger(__name__)

NOBODY = ""
"""The owner where no keys are set: there is nothing to tell clients apart by."""
KEY_SUBPROTOCOLS = ("token", "bearer")
"""A browser cannot set headers; it offers the subprotocols `token, KEY`."""
OWNER_LETTERS = 16


class Keyring:
    """The keys that clients may show. On the event loop only."""

    def __init__(
        self,
        keys: Sequence[str],
        guessed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`guessed` hears of every wrong key."""
        self._owners = {key.encode(): owner_of(key) for key in keys}
        self._guesses = WrongKeys()
        self._guessed = guessed
        self._clock = clock

    def check(self, offered: str | None, address: str) -> str:
        """→ whose key it is; `NOBODY` where none are set.

        Raises Unauthorized, and LimitReached where too many wrong ones came from this address, even
        if this one is right, unless it has come from there before.
        """
        if not self._owners:
            return NOBODY
        owner = self._owner(offered or "")
        now_s = self._clock()
        wait_s = self._guesses.wait_s(address, now_s)
        known = owner is not None and self._guesses.is_friend(address, owner)
        if offered and wait_s and not known:
            self._note_wrong(address, now_s)
            raise LimitReached(
                "Too many wrong keys came from your address: correct the key, and try again later.",
                retry_after_s=wait_s,
                reason="wrong_keys",
            )
        if owner is not None:
            self._guesses.right(address, owner)
            return owner
        if offered:
            self._note_wrong(address, now_s)
        raise Unauthorized(
            "This server needs a key: send it as 'Authorization: Bearer KEY' or as ?token=KEY."
        )

    def _owner(self, offered: str) -> str | None:
        # Every key is compared, in constant time: the answer's delay tells nothing.
        given = offered.encode("utf-8", "surrogatepass")
        found = [owner for key, owner in self._owners.items() if hmac.compare_digest(key, given)]
        return found[0] if found else None

    def _note_wrong(self, address: str, now_s: float) -> None:
        self._guessed()
        report = self._guesses.wrong(address, now_s)
        if report is not None:
            log.warning(
                "keys.guessed",
                address=report.address,
                guesses=report.guesses,
                addresses=report.addresses,
            )


def owner_of(key: str) -> str:
    """A name for whoever has this key, which does not tell it."""
    return hashlib.sha256(b"realtime owner " + key.encode()).hexdigest()[:OWNER_LETTERS]


def offered_key(headers: Mapping[str, str], token: str | None) -> str | None:
    """The key a request brings: Authorization, X-API-Key, subprotocol or query.

    `headers`: names in lower case. `token`: of the query.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() in KEY_SUBPROTOCOLS and value:
        return value.strip()
    if headers.get("x-api-key"):
        return headers["x-api-key"]
    offered = [part.strip() for part in headers.get("sec-websocket-protocol", "").split(",")]
    for name, key in pairwise(offered):
        if name.lower() in KEY_SUBPROTOCOLS:
            return key
    return token
