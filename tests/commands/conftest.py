"""What the tests of the commands share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from realtime.settings import Settings
from tests.serving import Served, serving


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server with the HTTP API and the bundled model."""
    settings = Settings(
        port=0, api_port=0, model="bundled", data_dir=tmp_path_factory.mktemp("data")
    )
    with serving(settings) as served:
        yield served
