"""A folder whose new recordings are transcribed as they appear.

Arrivals (which files are complete) ─ a bounded queue ─ slots ─ FileBatch.one ─ Ledger, which knows
what is done, so that a restart does nothing twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from watchfiles import awatch

from realtime.commands.transcription.arrivals import Arrivals, State
from realtime.commands.transcription.batch import FileBatch, Tally, Task, sentence
from realtime.commands.transcription.inputs import Input, recordings_below
from realtime.errors import RealtimeError

LOOK_MS: Final = 1000
"""A folder is looked at this often while a file in it is being written, and after changes."""
RESCAN_S: Final = 30.0
"""A folder is also looked at this often without a change: disks of other machines report none."""
RETRY_S: Final = 60.0
"""Pause before a recording is tried again that failed by no fault of its own."""
MOST_WAITING: Final = 64
"""Recordings that wait for a slot; more are found again by a later look."""


@dataclass(slots=True)
class Watch:
    """Watches one folder. `run` ends when `stop` is set: what has begun is finished first."""

    folder: Path
    batch: FileBatch
    mark: dict[str, object]
    """Options that change a transcript (`Order.mark`)."""
    arrivals: Arrivals
    tally: Tally = field(default_factory=Tally)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    say: Callable[[str], None] = lambda line: None
    """Shows a line to people."""
    retry_s: float = RETRY_S
    look_ms: int = LOOK_MS
    _states: dict[Path, State] = field(default_factory=dict)
    _busy: set[Path] = field(default_factory=set)
    _looked_at: float = 0.0
    _waiting: asyncio.Queue[Task | None] = field(
        default_factory=lambda: asyncio.Queue(MOST_WAITING)
    )

    async def run(self, at_once: int, *, once: bool) -> None:
        """Transcribe what is there and what appears. `once`: end when all that is there is done.

        Raises Unauthorized, since all other recordings would fail with it, too, and OSError where
        results cannot be written, as on a full disk.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(self._slot())
                await self._look_out(once)
                for _ in range(at_once):
                    await self._waiting.put(None)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _look_out(self, once: bool) -> None:
        """Fill the queue until the watch is stopped, or with `once` until nothing is left."""
        await self._look()
        changes = awatch(
            self.folder,
            watch_filter=None,
            stop_event=self.stop,
            rust_timeout=self.look_ms,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        async with aclosing(changes):
            async for changed in changes:
                if once and not self._busy and not self.arrivals.pending:
                    return
                rested_s = time.monotonic() - self._looked_at
                if changed or self.arrivals.pending or rested_s >= RESCAN_S:
                    await self._look()

    async def _look(self) -> None:
        """Queue the complete recordings that are not done."""
        items = await asyncio.to_thread(states_of, self.folder)
        self._looked_at = time.monotonic()
        self._states = {item.path: state for item, state in items}
        by_path = {item.path: item for item, _ in items}
        for path in self.arrivals.look(self._states, time.time()):
            if path not in self._busy and not self._waiting.full():
                self._queue(by_path[path], self._states[path])

    def _queue(self, item: Input, state: State) -> None:
        ledger = self.batch.ledger
        try:
            place = ledger.place(item, self.mark, overwrite=False)
        except FileNotFoundError:  # it was moved away meanwhile
            return
        if place.done or ledger.is_refused(place):
            self.tally.skipped += 1
            self.arrivals.handled(item.path, state)
            return
        self._busy.add(item.path)
        self._waiting.put_nowait(Task(item, place, state[0]))

    async def _slot(self) -> None:
        while (task := await self._waiting.get()) is not None:
            if not self.stop.is_set():
                await self._one(task)
            self._busy.discard(task.item.path)

    async def _one(self, task: Task) -> None:
        path, begun = task.item.path, time.monotonic()
        state = self._states[path]
        self.say(f"{task.item.relative}: begun")
        failure = await self.batch.one(task, self.tally)
        if failure is None:
            took_s = time.monotonic() - begun
            names = ", ".join(str(made) for made in self.batch.ledger.paths(task.place).values())
            self.say(f"{task.item.relative}: done in {took_s:.1f} s: {names}")
        elif is_its_own(failure):
            self.batch.ledger.refuse(task.place, sentence(failure))
        else:
            self.say(f"{task.item.relative}: will be tried again in {self.retry_s:.0f} s")
            self.arrivals.postpone(path, state, time.time() + self.retry_s)
            return
        self.arrivals.handled(path, state)


def states_of(folder: Path) -> list[tuple[Input, State]]:
    """All recordings below a folder, with their states; without those that vanish meanwhile."""
    found = []
    for item in recordings_below(folder):
        try:
            about = item.path.stat()
        except OSError:
            continue
        found.append((item, (about.st_size, about.st_mtime_ns)))
    return found


def is_its_own(failure: RealtimeError | OSError) -> bool:
    """Whether the recording is at fault, so that another try would fail, too."""
    if isinstance(failure, OSError):
        return not isinstance(failure, FileNotFoundError)
    return failure.fault == "client" and failure.http_status != 429
