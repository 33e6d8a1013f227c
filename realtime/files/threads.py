"""Runs work in threads; the result may come after the task that waited for it was cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def in_thread(
    threads: Executor | None, action: Callable[[], T], undo: Callable[[T], None] | None = None
) -> T:
    """Run `action` in a thread: its result, or the exception that it raises. `threads`: None for
    the event loop's own.

    `undo`: called on the loop with the result if the waiting task was cancelled meanwhile.
    """
    future = asyncio.get_running_loop().run_in_executor(threads, action)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        future.add_done_callback(lambda done: _undo(done, undo))
        raise


def _undo(done: asyncio.Future[T], undo: Callable[[T], None] | None) -> None:
    failed = done.cancelled() or done.exception() is not None  # this also retrieves the exception
    if not failed and undo is not None:
        undo(done.result())
