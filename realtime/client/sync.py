"""Runs an asynchronous iteration for programs without asyncio."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


class _Done:
    """The last item: the end, or an error to raise."""

    def __init__(self, failure: BaseException | None) -> None:
        self.failure = failure


def iterate(make: Callable[[], AsyncIterator[T]]) -> Iterator[T]:
    """Run the iteration of `make` in a thread with a loop of its own.

    The thread serves the connection even while the caller is busy with an item. Closing the
    iterator ends the iteration. Errors of the iteration are raised here.
    """
    items: queue.SimpleQueue[T | _Done] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()

    async def work() -> None:
        async for item in make():
            items.put(item)

    task = loop.create_task(work())

    def run() -> None:
        try:
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()
            items.put(_Done(None if task.cancelled() else task.exception()))

    thread = threading.Thread(target=run, name="realtime client", daemon=True)
    thread.start()
    try:
        while not isinstance(item := items.get(), _Done):
            yield item
        if item.failure is not None:
            raise item.failure
    finally:
        if not loop.is_closed():
            # The loop may close at this moment; then there is nothing left to cancel.
            _call_if_open(loop, task.cancel)
        thread.join()


def _call_if_open(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        return
