"""A batch at a terminal: one bar over all audio, one line for each running recording."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.bar import Bar
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, ProgressColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Task as Row
from rich.text import Text

from realtime.commands.transcription.batch import FilesDisplay, Forecast, Tally, Task

LONGEST_NAME = 40
BAR_WIDTH = 30
"""Both are in characters: a line with name, bar and times fits into 100 columns."""


class FileBars:
    """A `FilesDisplay` with bars. Failures remain as lines above them."""

    def __init__(self, progress: Progress, tasks: Sequence[Task]) -> None:
        self._progress = progress
        self._forecast = Forecast({task: task.size for task in tasks})
        self._count, self._ended, self._failed = len(tasks), 0, 0
        self._begun = time.monotonic()
        self._ends_at: float | None = None
        self._all = progress.add_task("", total=None, note="", left=self._left)
        self._rows: dict[Task, TaskID] = {}
        self._refresh()

    def begin(self, task: Task) -> None:
        """Add a line for the recording."""
        self._rows[task] = self._progress.add_task(
            f"  {escape(shortened(task.item.shown_path))}", total=None, note="", left=None
        )

    def progress(self, task: Task, done_s: float, total_s: float | None) -> None:
        """Update the recording's line."""
        self._forecast.progress(task, done_s, total_s)
        self._progress.update(
            self._rows[task], completed=done_s, total=total_s, note=of_audio(done_s, total_s)
        )
        self._refresh()

    def end(self, task: Task, error: str = "") -> None:
        """Remove the recording's line; an error stays as a line above the bars."""
        self._forecast.end(task, failed=bool(error))
        self._progress.remove_task(self._rows.pop(task))
        self._ended += 1
        if error:
            self._failed += 1
            self._progress.console.print(f"[red]{escape(remark(task, error))}[/]", soft_wrap=True)
        self._refresh()

    def warn(self, task: Task, message: str) -> None:
        """Print a line that stays."""
        self._progress.console.print(f"[yellow]{escape(remark(task, message))}[/]", soft_wrap=True)

    def _refresh(self) -> None:
        now = time.monotonic()
        left_s = self._forecast.left_s(now - self._begun)
        self._ends_at = None if left_s is None else now + left_s
        failed = f", [red]{self._failed} failed[/]" if self._failed else ""
        self._progress.update(
            self._all,
            description=f"{self._ended} of {self._count} files{failed}",
            completed=self._forecast.done_s,
            total=self._forecast.total_s,
            note=of_audio(self._forecast.done_s, self._forecast.total_s),
            refresh=True,
        )

    def _left(self) -> str:
        """The time left, counted down between updates and estimated anew when it has run out."""
        if self._ends_at is None:
            return "estimating time left"
        now = time.monotonic()
        if now > self._ends_at:
            self._ends_at = now + (self._forecast.left_s(now - self._begun) or 0.0)
        return f"{clock(self._ends_at - now)} left"


class _BarColumn(ProgressColumn):
    """A bar, shown only once there is progress: most recordings report it only at their end."""

    def render(self, task: Row) -> Bar | Text:
        if not task.total or not task.completed:
            return Text(" " * BAR_WIDTH)
        return Bar(task.total, 0, task.completed, width=BAR_WIDTH, color="green", bgcolor="grey23")


class _LeftColumn(ProgressColumn):
    """The remaining time, on the line of the whole batch."""

    def render(self, task: Row) -> Text:
        left = task.fields["left"]
        return Text(left() if left is not None else "", style="cyan")


class FileLines:
    """A `FilesDisplay` without a terminal: one line for each failure or warning."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begin(self, task: Task) -> None:
        """Do nothing."""

    def progress(self, task: Task, done_s: float, total_s: float | None) -> None:
        """Do nothing."""

    def end(self, task: Task, error: str = "") -> None:
        """Print a line for a failure."""
        if error:
            self.warn(task, error)

    def warn(self, task: Task, message: str) -> None:
        """Print a line."""
        self._console.print(remark(task, message), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def open_display(console: Console, tasks: Sequence[Task]) -> Iterator[FilesDisplay]:
    """Bars on a terminal, lines elsewhere."""
    if not console.is_terminal:
        yield FileLines(console)
        return
    columns = (
        *(SpinnerColumn(), TextColumn("{task.description}"), _BarColumn()),
        *(TextColumn("{task.fields[note]}"), _LeftColumn()),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield FileBars(progress, tasks)


def remark(task: Task, message: str) -> str:
    """The line for a failed recording, or for a warning."""
    return f"realtime: {task.item.shown_path}: {message}"


def summary(tally: Tally, elapsed_s: float, out: Path) -> str:
    """The outcome of a batch in one line."""
    parts = [f"{tally.done} done"]
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    if tally.skipped:
        parts.append(f"{tally.skipped} done before")
    if tally.done and elapsed_s > 0:
        speed = tally.audio_s / elapsed_s
        parts.append(
            f"{clock(tally.audio_s)} of audio in {clock(elapsed_s)} ({speed:.1f} times as fast)"
        )
    if tally.cost_usd:
        parts.append(f"${tally.cost_usd:.4f}")
    return f"realtime: {', '.join(parts)}; results in {out}"


def of_audio(done_s: float, total_s: float | None) -> str:
    """`0:01:14 of 0:05:00`."""
    return clock(done_s) if total_s is None else f"{clock(done_s)} of {clock(total_s)}"


def clock(seconds: float) -> str:
    """Seconds as `0:03:20`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def shortened(name: str) -> str:
    """Cut a long name at its beginning, since names differ more at the end."""
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]
