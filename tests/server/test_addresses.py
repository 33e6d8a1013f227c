"""Addresses that count as the same client."""

from __future__ import annotations

import pytest

from realtime.server.addresses import place_of


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("local", "local"),
    ],
)
def test_addresses_of_the_same_client_are_equal(address: str, place: str) -> None:
    assert place_of(address) == place
