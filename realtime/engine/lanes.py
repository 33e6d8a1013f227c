"""Shares the workers between files and live streams. Pure.

No call of a model can be interrupted, and a file window may take a second. So with two workers or
more, files never take the last free one, which the next speaker needs. One worker is reserved for
files: while file windows wait or run, live streams may use it for finals only. With one worker all
share it, and the queue's credit decides.
"""

from __future__ import annotations

from realtime.engine.queue import LIVE
from realtime.types import Urgency

DUE = frozenset({Urgency.FINAL})

QUIET_S = 10.0
"""After this long without a live request, files may use all workers: streams with speech send one
every second or two."""


class WorkerShares:
    """Counts running batches. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._workers = 1
        self._for_files = 0
        self._live = 0
        self._files = 0
        self._last_live = float("-inf")

    def staff(self, workers: int, for_files: int) -> None:
        """Set the number of workers, and how many of them are reserved for files."""
        self._workers = max(workers, 1)
        self._for_files = min(for_files, self._workers - 1)

    def note_request(self, now: float) -> None:
        """Record that a live request arrived."""
        self._last_live = now

    @property
    def workers(self) -> int:
        """Number of all workers."""
        return self._workers

    def live_classes(self, *, files_wait: bool) -> frozenset[Urgency]:
        """Urgencies of the live requests that an idle worker may take."""
        files = files_wait or self._files > 0
        return DUE if files and self._live_has_its_share() else LIVE

    def files_may_start(self, now: float) -> bool:
        """Whether one more batch of files may run."""
        if self._files < max(self._for_files, 1):
            return True
        if self._quiet(now):
            return True
        # One worker stays free for live streams, unless they already use their whole share.
        free = self._workers - self._live - self._files - 1
        return free >= 1 or self._live_has_its_share()

    def workers_for_files(self, now: float) -> int:
        """How many workers files may count on."""
        return self._workers if self._quiet(now) else max(self._for_files, 1)

    def nobody_waits(self, now: float) -> bool:
        """Whether a batch of files that begins now delays no live stream."""
        return self._for_files > 0 or self._quiet(now)

    def begin(self, *, file: bool) -> None:
        """Record that a batch begins to run."""
        self._count(file, 1)

    def end(self, *, file: bool) -> None:
        """Record that a batch has ended or was abandoned."""
        self._count(file, -1)

    def _live_has_its_share(self) -> bool:
        return self._live >= self._workers - self._for_files

    def _quiet(self, now: float) -> bool:
        """Whether no stream has sent a request lately."""
        return now - self._last_live >= QUIET_S

    def _count(self, file: bool, change: int) -> None:
        if file:
            self._files += change
        else:
            self._live += change
