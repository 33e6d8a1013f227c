"""Addresses of clients, for limits and logs. Pure."""

from __future__ import annotations

import ipaddress

IPV6_PLACE_BITS = 64
"""One subscriber has so much of an address to himself (RFC 6177)."""


def place_of(address: str) -> str:
    """All that one client has: an IPv4 address, the first half of an IPv6 one, or whatever the
    address is instead."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_PLACE_BITS), strict=False))
