"""Decides who may open a stream before any audio arrives; a refusal has a status and a message.

No sockets here: `check` takes the facts of a request and raises the error to answer with.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from realtime.errors import (
    Draining,
    Forbidden,
    LimitReached,
    NotReady,
    Overloaded,
    RealtimeError,
)
from realtime.keys.holder import NOBODY, Quota
from realtime.keys.key_file import KeyFile
from realtime.keys.quotas import Quotas
from realtime.keys.usage import Usage
from realtime.metrics import Metrics
from realtime.server.idle_connections import MOST_IDLE, MOST_OF_AN_ADDRESS, IdleConnections
from realtime.server.keys import Keyring, offered_key
from realtime.server.proxies import Proxies
from realtime.server.wrong_keys import USUAL_LIMITS, WrongKeyLimits

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(
    r"(?P<plain>[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)"
    r"|(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s\[\]@/\\?#:,]+))(?::[0-9]{0,5})?"
)
"""`host:port` (RFC 9110, section 7.2), without other parts of a URL, such as `user@`; an IPv6
address also without its brackets."""


@dataclass(frozen=True, slots=True)
class AdmissionOptions:
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    key_file: KeyFile | None = field(default=None, repr=False)
    """Further keys, with names and quotas."""
    quota: Quota = field(default_factory=Quota)
    """Quota of each key in `api_keys`."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of pages that may connect, besides the server's own host; `*` allows all."""
    allowed_hosts: tuple[str, ...] = ()
    """Values of `Host` that this server accepts, besides loopback names; `*` accepts all."""
    max_sessions: int = 0
    """0: as many as the model keeps up with."""
    max_per_address: int = 0
    """0: no limit."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks whose `X-Forwarded-…` headers are trusted."""
    root_path: str = ""
    """Path prefix under which a proxy exposes this server."""
    most_idle: int = MOST_IDLE
    """Maximum number of connections without a request, over all ports."""
    wrong_keys: WrongKeyLimits = USUAL_LIMITS


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The facts of a request."""

    path: str
    host: str | None
    origin: str | None
    headers: Mapping[str, str]
    """Names are in lower case."""
    token: str | None
    """The query parameter `token`."""
    address: str
    """The client's address, also behind a trusted proxy."""
    prefix: str = ""
    """Path prefix that the client sees before `path`."""
    secure: bool = False
    """Whether the client used TLS, to this server or to a trusted proxy."""


class Admission:
    """Counts streams by address and by key; the callables know the state of the model."""

    def __init__(
        self,
        options: AdmissionOptions,
        *,
        ready: Callable[[], bool],
        overloaded: Callable[[], bool],
        guessed: Callable[[], None] = lambda: None,
        usage: Usage | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """`guessed` is called for every wrong key. `usage`: audio used by each key; None: counted
        in memory, for this process only."""
        self.options = options
        self.proxies = Proxies(options.trusted_proxies, options.root_path)
        self.keys = Keyring(
            options.api_keys,
            guessed,
            quota=options.quota,
            file=options.key_file,
            limits=options.wrong_keys,
        )
        self.quotas = Quotas(self.keys.holders, usage or Usage(None), metrics or Metrics())
        self.draining = False
        self.idle_connections = IdleConnections(
            options.most_idle, min(MOST_OF_AN_ADDRESS, max(1, options.most_idle // 2))
        )
        """Shared by the listeners of all ports."""
        self._ready = ready
        self._overloaded = overloaded
        self._by_address: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()

    @property
    def active(self) -> int:
        return self._by_address.total()

    def check(self, info: RequestInfo) -> str:
        """Returns the owner of the request's key.

        Raises Forbidden, Unauthorized, LimitReached. The order reveals nothing: strangers are
        refused before they could learn what exists here.
        """
        self.check_host(info.host)
        if info.origin is not None and not self.origin_allowed(info.origin, info.host):
            raise Forbidden(
                f"Pages of {info.origin[:200]} may not connect here: "
                "add that origin to allowed_origins."
            )
        return self.check_key(info)

    def check_host(self, host: str | None) -> None:
        """Prevent DNS rebinding: a foreign host name must not lead a browser to this server.

        An IP address cannot be rebound, and where a key is required an attacker gains nothing.
        Raises Forbidden.
        """
        allowed = self.options.allowed_hosts
        if self.keys.required or "*" in allowed or _is_address(host):
            return
        if _name(host) in LOCAL_NAMES | set(allowed):
            return
        raise Forbidden(
            f"This server does not serve the host name {(host or '(none)')[:200]}: "
            "add it to allowed_hosts."
        )

    def origin_allowed(self, origin: str, host: str | None) -> bool:
        """Whether a page may connect: the server's own, loopback pages, and the configured origins.

        A page opened as a file and a sandboxed frame of any page send the origin "null", which is
        allowed only where it is configured.
        """
        allowed = self.options.allowed_origins
        if "*" in allowed or origin in allowed:
            return True
        name = _name(origin.partition("://")[2])
        return name is not None and (name == _name(host) or name in LOCAL_NAMES)

    def check_key(self, info: RequestInfo) -> str:
        """Returns the owner of the request's key.

        Raises Unauthorized, LimitReached.
        """
        return self.keys.check(offered_key(info.headers, info.token), info.address)

    def check_capacity(self, address: str, owner: str = NOBODY, *, resuming: bool = False) -> None:
        """Raise Draining, NotReady, LimitReached or Overloaded where there is no room for a stream.

        `resuming`: the stream exists already and keeps its place, whatever the load.
        """
        if resuming:
            return
        problem = self._full(address)
        if problem is not None:
            raise problem
        self.quotas.check_stream(owner)

    def enter(self, address: str, owner: str = NOBODY, *, resuming: bool = False) -> None:
        """Count a new stream; raises like `check_capacity`, as others may have entered since."""
        self.check_capacity(address, owner, resuming=resuming)
        self._by_address[address] += 1
        self.quotas.enter(owner)

    def leave(self, address: str, owner: str = NOBODY) -> None:
        _count_down(self._by_address, address)
        self.quotas.leave(owner)

    @contextlib.contextmanager
    def request(self, address: str) -> Iterator[None]:
        """Count an HTTP request while it is served. Raises LimitReached."""
        if self._at_limit(address):
            raise LimitReached(
                f"Your address has {self.options.max_per_address} streams and requests open, "
                "which is the limit: wait until one ends.",
                retry_after_s=10,
            )
        self._requests[address] += 1
        try:
            yield
        finally:
            _count_down(self._requests, address)

    def _at_limit(self, address: str) -> bool:
        most = self.options.max_per_address
        return most > 0 and self._by_address[address] + self._requests[address] >= most

    def _full(self, address: str) -> RealtimeError | None:
        options = self.options
        if self.draining:
            return Draining("The server is shutting down: connect to another one.", retry_after_s=5)
        if not self._ready():
            return NotReady("The model is not ready yet: try again in a moment.", retry_after_s=2)
        if self._at_limit(address):
            return LimitReached(
                f"Your address has {options.max_per_address} streams open, which is the "
                "limit: close one.",
                retry_after_s=10,
            )
        if options.max_sessions and self.active >= options.max_sessions:
            return Overloaded(
                f"All {options.max_sessions} streams are in use: try again in a moment.",
                retry_after_s=10,
            )
        if not options.max_sessions and self.active and self._overloaded():
            return Overloaded(
                "The model is working at its limit: try again in a moment.", retry_after_s=10
            )
        return None


def _count_down(counter: Counter[str], address: str) -> None:
    counter[address] -= 1
    if counter[address] <= 0:
        del counter[address]


def _name(host: str | None) -> str | None:
    """The host's name without port and brackets, lower case; None where it is malformed."""
    match = _HOST.fullmatch(host or "")
    return (match["plain"] or match["bracketed"] or match["name"]).lower() if match else None


def _is_address(host: str | None) -> bool:
    """Whether the host is an IP address, which DNS cannot rebind."""
    try:
        ipaddress.ip_address(_name(host) or "")
    except ValueError:
        return False
    return True
