"""Reserves a key's hours for files while they are transcribed, and counts what was transcribed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from realtime.files.options import Progress
from realtime.files.transcriber import FileTranscriber, Source
from realtime.keys.quotas import Quotas, Reservation

Count = Callable[[Progress], None]


class FileHours:
    """Used on the event loop only."""

    def __init__(self, files: FileTranscriber, quotas: Quotas | None) -> None:
        """`quotas`: None where nothing is counted."""
        self._files = files
        self._quotas = quotas

    @asynccontextmanager
    async def file(self, source: Source, owner: str) -> AsyncIterator[Count]:
        """Reserve hours of the owner for the length of a file; count what was transcribed at the
        end, even if that is only a part. Yields a function for the progress.

        Raises LimitReached, and NotAudio where the file cannot be read.
        """
        quotas = self._quotas
        if quotas is None:
            yield _nothing
            return
        with quotas.reservation(owner) as hours:
            transcribed = _Transcribed(hours)
            if quotas.has_hours(owner):
                total_s = await self._files.duration_s(source)
                await hours.claim(total_s or 0.0)  # others may have begun meanwhile
            try:
                yield transcribed.follow
            finally:
                quotas.add(owner, "file", transcribed.seconds)

    @contextmanager
    def job(self, owner: str) -> Iterator[Count]:
        """The same for a job whose length was unknown when it was accepted: it is not refused any
        more, and counts when it was transcribed as a whole, since another attempt may follow."""
        quotas = self._quotas
        if quotas is None:
            yield _nothing
            return
        with quotas.reservation(owner) as hours:
            transcribed = _Transcribed(hours)
            yield transcribed.follow
            quotas.add(owner, "file", transcribed.seconds)


class _Transcribed:
    """How much of a file was transcribed; it extends the reservation where that is too short."""

    def __init__(self, hours: Reservation) -> None:
        self.seconds = 0.0
        self._hours = hours

    def follow(self, progress: Progress) -> None:
        self.seconds = progress.done_s
        self._hours.extend(self.seconds)


def _nothing(_progress: Progress) -> None:
    """Nothing is counted."""
