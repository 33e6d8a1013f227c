"""Batches of many files: their states, the work on them, and progress for watchers."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import BinaryIO, Literal

import orjson
import structlog

from realtime.errors import DecodeFailed, LimitReached, NotFound, RealtimeError
from realtime.files.options import Progress
from realtime.keys.holder import NOBODY
from realtime.transcribe.service import Transcription, TranscriptionRequest
from realtime.wire.texts import Language, error_detail

log = structlog.get_logger(__name__)

AT_ONCE = 8
"""Files of one batch that are in work or wait for a place at once: enough to fill the model's
batches."""
MOST_FILES, MOST_RUNNING = 1_000, 64
KEPT_BATCHES, KEPT_BYTES, KEPT_S = 1_000, 256 << 20, 24 * 3600.0

FileStatus = Literal["pending", "processing", "done", "failed"]
BatchStatus = Literal[
    "pending", "processing", "completed", "completed_with_errors", "failed", "cancelled"
]


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How many batches there may be, and for how long."""

    most_files: int = MOST_FILES
    """Per batch."""
    most_running: int = MOST_RUNNING
    kept: int = KEPT_BATCHES
    """Ended batches that are stored. Beyond this or one of the next two limits, the oldest are
    forgotten."""
    kept_bytes: int = KEPT_BYTES
    """Size of their results together."""
    kept_s: float = KEPT_S
    """Age, from the end of the batch."""


class Cancelled(RealtimeError):
    """The batch was cancelled before this file was done."""

    code, http_status, fault = "cancelled", 409, "client"


@dataclass(frozen=True, slots=True)
class BatchSource:
    """One file to transcribe."""

    filename: str
    filepath: str
    open: Callable[[], Awaitable[tuple[BinaryIO, int]]]
    """Returns the file, which the batch closes, and its size in bytes. Raises RealtimeError."""
    close: Callable[[], None] = lambda: None
    """Called when the batch ends, also where the file was never opened."""


@dataclass(slots=True)
class BatchFile:
    """The state of one file."""

    source: BatchSource
    status: FileStatus = "pending"
    """`processing` as soon as the file has its place at the model."""
    progress: Progress = field(default_factory=lambda: Progress(0.0, None))
    result: bytes | None = None
    """The response for this file, as JSON."""
    error: RealtimeError | None = None
    elapsed_s: float = 0.0
    version: int = 0
    """The batch's version when this file last changed."""

    @property
    def share(self) -> float:
        """Share of the audio that is transcribed, 0 … 1; 0 while its duration is unknown."""
        if self.status == "done":
            return 1.0
        total_s = self.progress.total_s
        return min(1.0, self.progress.done_s / total_s) if total_s else 0.0

    def answer(self, language: Language) -> dict[str, object]:
        return {
            "filename": self.source.filename,
            "filepath": self.source.filepath,
            "status": self.status,
            "result": orjson.Fragment(self.result) if self.result is not None else None,
            "error": error_detail(self.error, language) if self.error is not None else None,
            "processing_time_seconds": round(self.elapsed_s, 3),
        }


@dataclass(slots=True)
class Batch:
    """The state of a batch and all its files."""

    files: list[BatchFile]
    owner: str = NOBODY
    """Owner of the key that started it."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: BatchStatus = "pending"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    completed_at: datetime | None = None
    ended_clock: float = 0.0
    version: int = 0
    task: asyncio.Task[None] | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ended(self) -> bool:
        return self.completed_at is not None

    @property
    def result_bytes(self) -> int:
        return sum(len(file.result or b"") for file in self.files)

    def change(self, file: BatchFile | None = None) -> None:
        """Record a change, of `file` if it is given, and wake the watchers."""
        self.version += 1
        if file is not None:
            file.version = self.version
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def changes(self) -> AsyncIterator[list[int]]:
        """Indices of the files that changed since the last step, at first of all; ends with the
        batch.

        A slow watcher misses states in between, never the last one.
        """
        seen = -1
        while True:
            changed = self._changed
            news = [i for i, file in enumerate(self.files) if file.version > seen]
            seen = self.version
            yield news
            if self.ended:
                return
            if seen == self.version:
                await changed.wait()

    def progress(self) -> dict[str, object]:
        count = {
            status: sum(file.status == status for file in self.files)
            for status in ("done", "failed", "processing", "pending")
        }
        over = count["done"] + count["failed"]
        shares = over + sum(file.share for file in self.files if file.status == "processing")
        return {
            "total": len(self.files),
            "completed": count["done"],
            "failed": count["failed"],
            "in_progress": count["processing"],
            "pending": count["pending"],
            "progress_percent": round(100.0 * shares / max(1, len(self.files)), 1),
        }

    def answer(self, language: Language) -> dict[str, object]:
        """The response of `/transcribe_batch`."""
        ended = self.completed_at or datetime.now(UTC)
        elapsed = (ended - self.started_at).total_seconds() if self.started_at else 0.0
        return {
            "batch_id": self.id,
            "status": self.status,
            "files": [file.answer(language) for file in self.files],
            "progress": self.progress(),
            "created_at": self.created_at.isoformat(),
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "completed_at": self.completed_at.isoformat() if self.completed_at else None,
            "total_processing_time_seconds": round(elapsed, 3),
        }

    def event(self, news: Sequence[int]) -> dict[str, object]:
        """A progress event: the state of the batch, and the files that changed, without results."""
        return {
            "batch_id": self.id,
            "status": self.status,
            "progress": self.progress(),
            "files": [
                {
                    "index": index,
                    "filename": self.files[index].source.filename,
                    "status": self.files[index].status,
                    "progress_percent": round(100.0 * self.files[index].share, 1),
                    "done_s": round(self.files[index].progress.done_s, 3),
                    "duration_s": self.files[index].progress.total_s,
                }
                for index in news
            ],
        }


class Batches:
    """All batches of this process. Unlike jobs, they do not survive it."""

    def __init__(self, transcription: Transcription, limits: BatchLimits | None = None) -> None:
        self.limits = limits or BatchLimits()
        self._transcription = transcription
        self._batches: OrderedDict[str, Batch] = OrderedDict()

    def check(self) -> None:
        """Refuse a batch early where too many are running. Raises LimitReached."""
        most = self.limits.most_running
        if sum(not batch.ended for batch in self._batches.values()) >= most:
            raise LimitReached(
                f"{most} batches are running already: wait for one to finish.",
                retry_after_s=30,
            )

    def start(
        self,
        sources: Sequence[BatchSource],
        request: TranscriptionRequest,
        language: Language,
        owner: str = NOBODY,
    ) -> Batch:
        """Start to process the files. Raises LimitReached."""
        self._forget()
        self.check()
        batch = Batch([BatchFile(source) for source in sources], owner)
        self._batches[batch.id] = batch
        batch.task = asyncio.get_running_loop().create_task(self._run(batch, request, language))
        return batch

    def get(self, batch_id: str, owner: str = NOBODY) -> Batch:
        """The batch with this id. Raises NotFound, also where it belongs to another owner."""
        batch = self._batches.get(batch_id)
        if batch is None or batch.owner != owner:
            raise NotFound(
                "There is no such batch: it may be older than a day, or belong to another server."
            )
        return batch

    async def wait(self, batch: Batch) -> None:
        """Wait until the batch has ended. Cancelling the wait does not cancel the batch."""
        if batch.task is not None:
            await asyncio.wait([batch.task])

    async def cancel(self, batch: Batch) -> None:
        """Cancel a batch and wait until it has ended; an ended one stays as it is."""
        if batch.task is not None and not batch.task.done():
            batch.task.cancel()
            await asyncio.wait([batch.task])

    async def drain(self, patience_s: float) -> None:
        """Wait for running batches; after `patience_s` cancel them."""
        running = [batch.task for batch in self._batches.values() if batch.task is not None]
        running = [task for task in running if not task.done()]
        if running:
            await asyncio.wait(running, timeout=patience_s)
        for batch in list(self._batches.values()):
            await self.cancel(batch)

    async def _run(self, batch: Batch, request: TranscriptionRequest, language: Language) -> None:
        batch.status, batch.started_at = "processing", datetime.now(UTC)
        batch.change()
        waiting = deque(batch.files)
        with _ending(batch):
            async with asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(waiting))):
                    group.create_task(self._work(batch, waiting, request, language))

    async def _work(
        self,
        batch: Batch,
        waiting: deque[BatchFile],
        request: TranscriptionRequest,
        language: Language,
    ) -> None:
        """Process waiting files one after the other. The failure of one leaves the others alone."""
        while waiting:
            file = waiting.popleft()
            began = time.monotonic()
            try:
                file.result = await self._transcribe(batch, file, request, language)
                file.status = "done"
            except RealtimeError as error:
                file.status, file.error = "failed", error
            except Exception:  # Edge: one broken file must not end the others.
                log.exception("batch.file_failed", batch=batch.id[:8])
                file.status = "failed"
                file.error = DecodeFailed("The file could not be transcribed: see the log.")
            finally:
                file.elapsed_s = time.monotonic() - began
            batch.change(file)

    async def _transcribe(
        self, batch: Batch, file: BatchFile, request: TranscriptionRequest, language: Language
    ) -> bytes:
        def on_progress(progress: Progress) -> None:
            file.status, file.progress = "processing", progress
            batch.change(file)

        opened, size = await file.source.open()
        with opened:
            own = replace(request, shown_path=file.source.filepath, size_bytes=size, patient=True)
            outcome = await self._transcription.outcome(opened, own, on_progress)
        return orjson.dumps(outcome.answer(language))

    def _forget(self) -> None:
        now, limits = time.monotonic(), self.limits
        ended = [batch for batch in self._batches.values() if batch.ended]
        kept_bytes = sum(batch.result_bytes for batch in ended)
        for number, batch in enumerate(ended):
            too_many = len(ended) - number > limits.kept
            too_old = now - batch.ended_clock > limits.kept_s
            if too_many or too_old or kept_bytes > limits.kept_bytes:
                kept_bytes -= batch.result_bytes
                del self._batches[batch.id]


@contextlib.contextmanager
def _ending(batch: Batch) -> Iterator[None]:
    """Set the final state of a batch, whatever ends it, and close its files."""
    try:
        yield
    except asyncio.CancelledError:
        for file in batch.files:
            if file.status in ("pending", "processing"):
                file.status = "failed"
                file.error = Cancelled("The batch was cancelled before this file was done.")
                batch.change(file)
        batch.status = "cancelled"
    else:
        failed = sum(file.status == "failed" for file in batch.files)
        batch.status = "completed_with_errors" if failed else "completed"
        if failed == len(batch.files):
            batch.status = "failed"
    finally:
        for file in batch.files:
            file.source.close()
        batch.completed_at = datetime.now(UTC)
        batch.ended_clock = time.monotonic()
        batch.change()
