"""Waiting for states that nobody announces: those of other processes, of threads, of stores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 120.0
"""Never reached unless the code is broken, on however loaded a machine."""
POLL_S = 0.01


def until(
    condition: Callable[[], bool], why: str | Callable[[], str] = "", patience_s: float = PATIENCE_S
) -> None:
    """Block until `condition` holds. `why`: what to say where it never does."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, why() if callable(why) else why
        time.sleep(POLL_S)


async def eventually(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """The same on an event loop, which goes on meanwhile."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
