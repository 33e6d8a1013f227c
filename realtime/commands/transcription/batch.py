"""Many recordings, some at once: one that fails stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from realtime.commands.transcription.inputs import Input
from realtime.commands.transcription.ledger import Ledger, Place
from realtime.commands.transcription.recogniser import FileRecogniser, TranscriptionOptions
from realtime.commands.transcription.rendering import rendered
from realtime.errors import RealtimeError, Unauthorized
from realtime.files.formats import Format


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to transcribe."""

    item: Input
    place: Place
    size: int
    """Bytes."""


class FilesDisplay(Protocol):
    """Shows the progress of a batch."""

    def begin(self, task: Task) -> None: ...
    def progress(self, task: Task, done_s: float, total_s: float | None) -> None: ...
    def warn(self, task: Task, message: str) -> None: ...
    def end(self, task: Task, error: str = "") -> None:
        """`error`: a sentence; empty: the recording is done."""
        ...


@dataclass(slots=True)
class Tally:
    """The outcome of a batch."""

    done: int = 0
    failed: int = 0
    skipped: int = 0
    """Recordings whose results existed already."""
    audio_s: float = 0.0
    cost_usd: float = 0.0
    """Sum of the answers' costs; only a cloud backend has any."""


@dataclass(slots=True)
class Forecast:
    """The total amount of audio: known for recordings that have begun, estimated from the size for
    others. Pure.

    Opening every file first, only for its length, would take longer than the estimate is worth.
    """

    sizes: dict[Task, int]
    _done_s: dict[Task, float] = field(default_factory=dict)
    _total_s: dict[Task, float] = field(default_factory=dict)
    _over: set[Task] = field(default_factory=set)
    _failed: set[Task] = field(default_factory=set)

    def progress(self, task: Task, done_s: float, total_s: float | None) -> None:
        """Note how much of one recording is done, and its length if known."""
        self._done_s[task] = done_s
        if total_s is not None and total_s > 0:
            self._total_s[task] = max(total_s, done_s)

    def end(self, task: Task, *, failed: bool = False) -> None:
        """Note that a recording is done or has failed."""
        self._over.add(task)
        if failed:
            self._failed.add(task)

    @property
    def done_s(self) -> float:
        """Seconds of audio done; a failed recording counts whole, as nothing of it is left."""
        return sum(
            self._total_s.get(task, done_s) if task in self._over else done_s
            for task, done_s in self._done_s.items()
        )

    @property
    def total_s(self) -> float | None:
        """Seconds of audio in all; None while no length is known."""
        known_s = sum(self._total_s.values())
        known_bytes = sum(self.sizes[task] for task in self._total_s)
        if not known_s or not known_bytes:
            return None
        rest = (t for t in self.sizes if t not in self._total_s and t not in self._over)
        guessed_s = sum(self.sizes[task] for task in rest) * known_s / known_bytes
        ended_s = sum(self._done_s.get(t, 0.0) for t in self._over if t not in self._total_s)
        return known_s + guessed_s + ended_s

    def left_s(self, elapsed_s: float) -> float | None:
        """Seconds of work left, at the speed of the `elapsed_s` so far; None while it is unknown.

        Half of the open rest of running recordings counts as done, since short ones report no
        progress until they end. Failed recordings do not count for the speed.
        """
        total_s = self.total_s
        under_way_s = sum(
            length_s - self._done_s[task]
            for task, length_s in self._total_s.items()
            if task not in self._over
        )
        worked_s = sum(s for task, s in self._done_s.items() if task not in self._failed)
        if total_s is None or worked_s <= 0:
            return None
        left_s = max(0.0, total_s - self.done_s - under_way_s / 2)
        return left_s * elapsed_s / (worked_s + under_way_s / 2)


def plan(
    items: Iterable[Input], ledger: Ledger, options: dict[str, object], *, overwrite: bool
) -> tuple[list[Task], int]:
    """The recordings still to do, and the number of those done already. Raises OSError."""
    tasks, skipped = [], 0
    for item in items:
        place = ledger.place(item, options, overwrite=overwrite)
        if place.done:
            skipped += 1
        else:
            tasks.append(Task(item, place, item.path.stat().st_size))
    return tasks, skipped


@dataclass(frozen=True, slots=True)
class FileBatch:
    """A run over tasks. The results of each are written when it is done."""

    recogniser: FileRecogniser
    ledger: Ledger
    options: TranscriptionOptions
    formats: Sequence[Format]
    display: FilesDisplay

    async def run(self, tasks: Sequence[Task], at_once: int, tally: Tally) -> None:
        """Transcribe all, and count in `tally`, which stays correct if the run is cancelled.

        Raises Unauthorized, since all other recordings would fail with it, too, and OSError where
        results cannot be written, as on a full disk.
        """
        waiting = iter(tasks)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(at_once, len(tasks))):
                    group.create_task(self._slot(waiting, tally))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _slot(self, waiting: Iterator[Task], tally: Tally) -> None:
        for task in waiting:
            await self.one(task, tally)

    async def one(self, task: Task, tally: Tally) -> RealtimeError | OSError | None:
        """Transcribe one, and return what it failed with; None: its results are written.

        Raises as `run`.
        """
        self.display.begin(task)
        self.ledger.begin(task.place)
        try:
            answer = await self.recogniser.transcribe(
                task.item.path,
                self.options.fields(),
                lambda done_s, total_s: self.display.progress(task, done_s, total_s),
            )
        except Unauthorized:
            raise
        except (RealtimeError, OSError) as error:
            tally.failed += 1
            self.display.end(task, sentence(error))
            return error
        self.ledger.finish(task.place, lambda form: rendered(answer, form))
        tally.done += 1
        tally.audio_s += float(answer.get("duration", 0.0))
        tally.cost_usd += float(answer.get("cost_usd") or 0.0)
        for warning in answer.get("warnings", ()):
            self.display.warn(task, str(warning["message"]))
        self.display.end(task)
        return None


def sentence(failure: RealtimeError | OSError) -> str:
    """What people are told about a recording that failed."""
    if isinstance(failure, RealtimeError):
        return failure.message
    return f"It cannot be read: {failure.strerror or failure}."
