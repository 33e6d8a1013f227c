"""Fixtures of the tests of audio."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from realtime.audio.files import Decoders


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    pool = Decoders()
    yield pool
    pool.close()
