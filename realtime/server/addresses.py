"""Client addresses, for limits and logs. Pure."""

from __future__ import annotations

import ipaddress

IPV6_PLACE_BITS = 64
"""A subscriber has a whole IPv6 network of this prefix length (RFC 6177)."""


def place_of(address: str) -> str:
    """The address or network of one client: an IPv4 address, the /64 network of an IPv6 address, or
    the text unchanged where it is no IP address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_PLACE_BITS), strict=False))
