"""Polling for states that send no notification: those of other processes, threads and stores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 120.0
"""Timeout that only broken code reaches, even on a loaded machine."""
POLL_S = 0.01


def until(
    condition: Callable[[], bool], why: str | Callable[[], str] = "", patience_s: float = PATIENCE_S
) -> None:
    """Block until `condition` holds; fail with `why` after `patience_s`."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, why() if callable(why) else why
        time.sleep(POLL_S)


async def eventually(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait without blocking the event loop until `condition` holds."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
