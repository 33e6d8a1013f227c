"""A server with its page, for the tests that do not change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime.settings import Settings
from tests.browser import ELSEWHERE, browser
from tests.serving import HeldModel, Served, serving


@pytest.fixture(scope="session")
def model() -> HeldModel:
    """The model of `site`; it runs freely except in tests that hold it."""
    return HeldModel()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, model: HeldModel) -> Iterator[Served]:
    """A server with the page and the bundled model."""
    folder: Path = tmp_path_factory.mktemp("site")
    settings = Settings(
        port=0, web_port=0, model="bundled", data_dir=folder, allowed_hosts=(ELSEWHERE,)
    )
    with serving(settings, model.load) as served:
        yield served


@pytest.fixture(scope="module")
def deaf() -> Iterator[Any]:
    """A browser without a microphone. One at a time: Playwright runs one loop per thread."""
    with browser() as running:
        yield running
