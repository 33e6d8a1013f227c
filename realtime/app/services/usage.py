"""Writes to the disk how much each key has used."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

import structlog

from realtime.app.services.base import PartialService
from realtime.keys.usage import WRITE_EVERY_S, Usage

log = structlog.get_logger(__name__)


class UsageWriter(PartialService):
    """Writes every few seconds, and at the end."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage
        self._writing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._writing = asyncio.create_task(self._write_on(), name="usage")

    async def stop(self) -> None:
        """Write what is not written yet; log a failing disk."""
        if self._writing is not None:
            self._writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writing
        await self._write()

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            await self._write()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, self._usage.write)
        except sqlite3.Error as error:
            log.error(
                "usage.not_written",
                reason=f"The hours used by each key cannot be written ({error}); counting "
                "goes on, and they are written once that is possible.",
            )
