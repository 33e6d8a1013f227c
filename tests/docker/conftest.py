"""A storage of images with the base image in it, shared by all modules here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docker.containers import Store, with_base


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with with_base(tmp_path_factory.mktemp("images")) as made:
        yield made
