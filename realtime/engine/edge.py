"""Calls foreign code (models, sessions, callbacks), which may raise anything.

The only place of the engine with a broad `except`: one stream's or one model's error must neither
end a worker nor reach another stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from realtime.errors import RealtimeError

log = structlog.get_logger(__name__)

T = TypeVar("T")


def attempt(action: Callable[[], T], error: type[RealtimeError], what: str) -> T:
    """Call `action`. An unexpected exception is logged and becomes `error` with the sentence
    `what`.

    A RealtimeError passes unchanged: its own sentence says what to do.
    """
    try:
        return action()
    except RealtimeError:
        raise
    except Exception as raised:
        log.exception("engine.unexpected_error", what=what)
        raise error(f"{what}: {raised!r}") from raised


def tell(callback: Callable[[], None]) -> None:
    """Call `callback`. An exception is only logged, since only the callback's author can fix it."""
    try:
        callback()
    except Exception:
        log.exception("engine.callback_failed")
