"""Submits one window and awaits its hypothesis: the asyncio side of a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

from realtime.engine.queue import Request
from realtime.errors import Draining, RealtimeError
from realtime.types import Hypothesis, Urgency, Window


async def decode_window(
    submit: Callable[[Request], None],
    cancel: Callable[[Hashable], None],
    window: Window,
    urgency: Urgency,
    now: float,
    deadline: float | None,
) -> Hypothesis:
    """Submit the window as a stream of its own and wait. `now`, `deadline`: on the engine's clock.

    Raises the engine's error if it cannot decode. Cancelling the task drops the request.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Hypothesis] = loop.create_future()

    def settle(result: Hypothesis | RealtimeError | None) -> None:
        """Set the result; runs on the event loop."""
        if answer.done():
            return
        if isinstance(result, Hypothesis):
            answer.set_result(result)
        else:
            answer.set_exception(result or Draining("The request was dropped."))

    def hop(result: Hypothesis | RealtimeError | None) -> None:
        """Pass the result from a worker's thread to the event loop."""
        loop.call_soon_threadsafe(settle, result)

    stream = object()
    submit(
        Request(
            stream=stream,
            urgency=urgency,
            requested_at=now,
            cadence_s=1.0,
            deadline=deadline,
            shape=lambda: window.shape,
            take=lambda: window,
            done=hop,
            failed=hop,
            vanished=lambda: hop(None),
        )
    )
    try:
        return await answer
    finally:
        cancel(stream)
