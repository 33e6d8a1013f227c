"""API keys: which one a request sends, whether it is valid, and who owns it."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import structlog

from realtime.errors import LimitReached, Unauthorized
from realtime.keys.holder import NOBODY, Holder, Quota, digest, unnamed
from realtime.keys.key_file import KeyFile
from realtime.server.wrong_keys import USUAL_LIMITS, WrongKeyLimits, WrongKeys

log = structlog.get_logger(__name__)

KEY_SUBPROTOCOLS = ("token", "bearer")
"""A browser cannot set headers of a WebSocket; it offers the subprotocols `token, KEY`."""


class Keyring:
    """The keys that clients may use. On the event loop only."""

    def __init__(
        self,
        keys: Sequence[str],
        guessed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        *,
        quota: Quota | None = None,
        file: KeyFile | None = None,
        limits: WrongKeyLimits = USUAL_LIMITS,
    ) -> None:
        """`guessed` is called for every wrong key. `quota`: of each key in `keys`. `file`: further
        keys, with names. `limits`: of wrong keys."""
        self._unnamed = {digest(key): unnamed(key, quota or Quota()) for key in keys}
        self._file = file
        self._guesses = WrongKeys(limits)
        self._guessed = guessed
        self._clock = clock

    @property
    def required(self) -> bool:
        """Whether a client needs a key; also true where every key in the file was revoked."""
        return bool(self._unnamed) or self._file is not None

    def holders(self) -> Sequence[Holder]:
        """The current holders of keys."""
        return tuple(self._by_digest().values())

    def _by_digest(self) -> Mapping[str, Holder]:
        return self._unnamed if self._file is None else self._unnamed | dict(self._file.holders())

    def check(self, offered: str | None, address: str) -> str:
        """Returns the owner of the key; `NOBODY` where no keys are set.

        Raises Unauthorized, and LimitReached after too many wrong keys from this address, even for
        a right key, unless that key came from this address before.
        """
        if not self.required:
            return NOBODY
        owner = self._owner(offered or "")
        now_s = self._clock()
        wait_s = self._guesses.wait_s(address, now_s)
        known = owner is not None and self._guesses.is_friend(address, owner)
        if offered and wait_s and not known:
            self._note_wrong(address, now_s)
            raise LimitReached(
                "Too many wrong keys were sent from your address: correct the key, and try again "
                "later.",
                retry_after_s=wait_s,
                reason="wrong_keys",
            )
        if owner is not None:
            self._guesses.right(address, owner)
            return owner
        if offered:
            self._note_wrong(address, now_s)
            raise Unauthorized(
                "The key that was sent is none of this server's: correct it, or ask its operator "
                "for one.",
                reason="wrong_key",
            )
        raise Unauthorized(
            "This server requires a key: send it as 'Authorization: Bearer KEY' or as ?token=KEY."
        )

    def _owner(self, offered: str) -> str | None:
        # Every key is compared, in constant time: the response time reveals nothing.
        offered_digest, known = digest(offered), self._by_digest()
        found = [known[key].owner for key in known if hmac.compare_digest(key, offered_digest)]
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


def offered_key(headers: Mapping[str, str], token: str | None) -> str | None:
    """The key in a request: from Authorization, X-API-Key, a subprotocol or the query.

    `headers`: names in lower case. `token`: the query parameter.
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
