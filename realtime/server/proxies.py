"""Reads what proxies say of a request: client address, host name, and path prefix. Pure.

Only the configured proxies are trusted: anybody can send these headers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_HOPS = 32
"""Entries of X-Forwarded-For to read, from the right; any farther left are ignored."""


@dataclass(frozen=True, slots=True)
class ClientView:
    """A request as its client sent it."""

    address: str
    host: str | None
    secure: bool
    prefix: str
    """Prefix of the path that the client sees: `/stt`, or empty."""
    path: str
    """The path below the prefix; empty where there is nothing below it."""


class Proxies:
    """The proxies in front of this server."""

    def __init__(self, trusted: Iterable[str] = (), prefix: str = "") -> None:
        """`trusted`: addresses and networks. `prefix`: a path such as `/stt` under which a proxy
        exposes this server. Raises ValueError for text that is neither address nor network."""
        self._trusted = tuple(ipaddress.ip_network(text, strict=False) for text in trusted)
        self._prefix = clean_prefix(prefix)

    def client_view(
        self, headers: Sequence[tuple[str, str]], peer: str, path: str, *, secure: bool = False
    ) -> ClientView:
        """`headers`: names in lower case, in order. `peer`: address of the connection. `secure`:
        whether it uses TLS."""
        host = _last(headers, "host")
        if not self._trusts(peer):
            return ClientView(peer, host, secure, self._prefix, below(path, self._prefix))
        prefix = clean_prefix(_last(headers, "x-forwarded-prefix") or "") or self._prefix
        return ClientView(
            self._client(headers, peer),
            _first_item(headers, "x-forwarded-host") or host,
            secure or _first_item(headers, "x-forwarded-proto") in ("https", "wss"),
            prefix,
            below(path, prefix),
        )

    def _client(self, headers: Sequence[tuple[str, str]], peer: str) -> str:
        """The rightmost hop that is not a trusted proxy. Hops to the left of it may be forged."""
        lines = [value for name, value in headers if name == "x-forwarded-for"]
        hops = [hop.strip() for hop in ",".join(lines).split(",") if hop.strip()]
        client = peer
        for hop in reversed(hops[-MOST_HOPS:]):
            address = _address(hop)
            if address is None:
                break
            client = address
            if not self._trusts(address):
                break
        return client

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped  # the form in which a dual-stack socket reports IPv4
        return any(parsed in network for network in self._trusted)


def clean_prefix(text: str) -> str:
    """`stt/` → `/stt`; empty for text that must not get into a header."""
    parts = [part for part in text.split("/") if part]
    prefix = "".join(f"/{part}" for part in parts)
    plain = prefix.isascii() and prefix.isprintable() and not set(' "<>\\?#') & set(prefix)
    return prefix if plain and ".." not in parts else ""


def below(path: str, prefix: str) -> str:
    """The path without `prefix`, where the proxy left that in place; else the path unchanged."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path[len(prefix) :]
    return path


def _address(hop: str) -> str | None:
    """`192.0.2.1:4711`, `[2001:db8::1]:4711` → the address; None where there is none."""
    bare = hop[1:].partition("]")[0] if hop.startswith("[") else hop
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None


def _last(headers: Sequence[tuple[str, str]], name: str) -> str | None:
    found = [value for key, value in headers if key == name]
    return found[-1] if found else None


def _first_item(headers: Sequence[tuple[str, str]], name: str) -> str | None:
    """The first item of a header, in lower case: the proxy next to the client wrote it."""
    return (_last(headers, name) or "").partition(",")[0].strip().lower() or None
