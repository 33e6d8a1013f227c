"""Where the engine meets foreign code: models, sessions, callbacks. Here anything may be raised.

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
    """Do `action`. What it raises is logged and becomes `error`, with the sentence `what`.

    Errors of our own tree pass: they say themselves what to do.
    """
    try:
        return action()
    except RealtimeError:
        raise
    except Exception as raised:
        log.exception("engine.foreign_error", what=what)
        raise error(f"{what}: {raised!r}") from raised


def tell(callback: Callable[[], None]) -> None:
    """Call back. What it raises is logged: the one who gave the callback must mend it."""
    try:
        callback()
    except Exception:
        log.exception("engine.callback_failed")
