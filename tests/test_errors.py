"""Which parts of an address errors, logs and `config show` reveal."""

from __future__ import annotations

import pytest

from realtime.errors import SetupError, without_passwords


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:secret@host:6379/0", "redis://:***@host:6379/0"),
        ("postgresql://me:s%40cret@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:s@cr/et:@host/db", "postgresql://me:***@host/db"),
        ("postgresql://h/d?password=secret&a=1", "postgresql://h/d?password=***&a=1"),
        ("https://host/v1?api_key=secret", "https://host/v1?api_key=***"),
        ("https://host/v1?API-KEY=secret", "https://host/v1?API-KEY=***"),
        ("see http://a:b@one and http://c:d@two.", "see http://a:***@one and http://c:***@two."),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("http://host:8003/v1?monkey=1", "http://host:8003/v1?monkey=1"),
        ("http://[::1]:8003", "http://[::1]:8003"),
        ("token=not in an address", "token=not in an address"),
    ],
)
def test_passwords_are_masked(text: str, shown: str) -> None:
    assert without_passwords(text) == shown
    assert str(SetupError(text)) == SetupError(text).message == shown
