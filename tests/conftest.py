"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import Served, serving


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    """One real server with the bundled model for all tests that do not change it."""
    with serving() as served:
        yield served
