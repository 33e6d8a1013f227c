"""What holds for all tests, and fixtures that many share."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings

import realtime  # noqa: F401 - before libraries that would call home
from realtime.live.life import IllegalEvent

if TYPE_CHECKING:
    from tests.serving import Served

# Errors are told in the language of the locale; tests expect that of none.
os.environ["LC_ALL"] = "C.UTF-8"

# A loaded machine must not fail a test, and the same commit must always give the same answer.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")

LONG = ("slow", "browser")
"""Marks of tests that take long, the longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests come first: where several processes share the files (`make test`), none
    is left with a long one at the end, while the others have nothing to do."""
    ranks: dict[Path, int] = {}
    for item in items:
        rank = next((n for n, mark in enumerate(LONG) if item.get_closest_marker(mark)), len(LONG))
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])


_illegal: list[BaseException] = []
"""What happened to streams though their table has no such step; servers log it and go on."""


def _note_illegal(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if isinstance(error := sys.exc_info()[1], IllegalEvent):
        _illegal.append(error)
    return event


def _note_illegal_record(record: logging.LogRecord) -> bool:
    if record.exc_info and isinstance(error := record.exc_info[1], IllegalEvent):
        _illegal.append(error)
    return True


logging.getLogger("asyncio").addFilter(_note_illegal_record)

# Servers under test tell of every stream; only what goes wrong belongs among the results. Plainly:
# structlog's own way, a coloured picture of every frame with its variables, holds up the thread
# that logs for a fifth of a second.
structlog.configure(
    processors=[
        _note_illegal,
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ],
    wrapper_class=structlog.make_filtering_bound_logger("warning"),
)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Commands that run in this process set up their own: to a standard error that is gone when the
    test is over, where every later line of a server would be an error of logging itself."""
    root, ours = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**ours)
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _only_legal_events() -> Iterator[None]:
    """A step that is not in the table of a stream's life is a mistake, however well a server bears
    it."""
    _illegal.clear()
    yield
    assert not _illegal


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    """One real server with the bundled model for all tests that do not change it."""
    from tests.serving import serving  # most tests need no server, and load none

    with serving() as served:
        yield served


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server with the bundled model and the HTTP API; its recordings may be named."""
    from realtime.settings import Settings
    from realtime.weights.bundled import samples
    from tests.serving import serving

    settings_of_it = Settings(
        port=0,
        api_port=0,
        model="bundled",
        allowed_dir=samples()[0].path.parent,
        data_dir=tmp_path_factory.mktemp("api"),
    )
    with serving(settings_of_it) as served:
        yield served
