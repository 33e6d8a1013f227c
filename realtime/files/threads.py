"""Work in threads whose result may come when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def in_thread(
    threads: Executor | None, action: Callable[[], T], undo: Callable[[T], None] | None = None
) -> T:
    """The result of `action`, or what it raises. `threads`: None for the event loop's own.

    `undo`: what to do with a result whose task was cancelled meanwhile; it runs on the loop.
    """
    future = asyncio.get_running_loop().run_in_executor(threads, action)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        future.add_done_callback(lambda done: _undo(done, undo))
        raise


def _undo(done: asyncio.Future[T], undo: Callable[[T], None] | None) -> None:
    failed = done.cancelled() or done.exception() is not None  # and so the exception is seen
    if not failed and undo is not None:
        undo(done.result())
