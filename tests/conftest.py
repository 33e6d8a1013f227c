"""Configuration of the whole suite, and fixtures that many tests share."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings

import realtime  # noqa: F401 - before libraries that would call home
from realtime.live.life import IllegalEvent

if TYPE_CHECKING:
    from tests.serving import Served

# Error texts follow the locale's language; tests expect those of a locale without a language.
os.environ["LC_ALL"] = "C.UTF-8"

# A loaded machine must not fail a test, and the same commit must always give the same answer.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")

LONG = ("slow", "browser")
"""Markers of slow tests, the slowest first."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector away from what collection makes: imported modules and thousands
    of tests, 340,000 objects that live as long as the process. Examining them takes a fourth of the
    collection's time, and then 0.2 s in each full garbage collection, of which a server makes two
    when it starts."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort files with slow tests to the front. When several processes share the files (`make
    test`), none of them is then left with a slow file at the end while the others are idle."""
    ranks: dict[Path, int] = {}
    for item in items:
        rank = next((n for n, mark in enumerate(LONG) if item.get_closest_marker(mark)), len(LONG))
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])


_illegal: list[BaseException] = []
"""Illegal transitions of streams' state tables, which servers only log."""


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

# Servers under test log every stream; the results should show only what goes wrong. Tracebacks are
# plain because structlog's default, coloured and with the variables of every frame, blocks the
# logging thread for a fifth of a second.
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
    """Restore logging after every test. Commands that run in this process set up their own logging,
    on a standard error that is closed when the test ends; later log lines would then fail."""
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
    """Fail a test in which a stream made a transition that its state table does not have, although
    the server carries on."""
    _illegal.clear()
    yield
    assert not _illegal


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    """One real server with the bundled model, shared by all tests that do not change it."""
    from tests.serving import serving  # most tests need no server, and load none

    with serving() as served:
        yield served


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server with the bundled model and the HTTP API; it may read the bundled recordings."""
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
