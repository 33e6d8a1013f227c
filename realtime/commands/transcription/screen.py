"""What a batch shows at a terminal: one bar over all audio, one line for each recording at work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from realtime.commands.transcription.batch import Display, Forecast, Tally, Task

LONGEST_NAME = 40
SPEED_S = 300.0


class Bars:
    """A `Display` with bars. Failures stay as lines above them."""

    def __init__(self, progress: Progress, tasks: Sequence[Task]) -> None:
        self._progress = progress
        self._forecast = Forecast({task: task.size for task in tasks})
        self._count, self._ended, self._failed = len(tasks), 0, 0
        self._all = progress.add_task("", total=None, note="")
        self._rows: dict[Task, TaskID] = {}
        self._refresh()

    def begin(self, task: Task) -> None:
        """A line for it."""
        self._rows[task] = self._progress.add_task(
            f"  {escape(shortened(task.item.shown))}", total=None, note=""
        )

    def progress(self, task: Task, done_s: float, total_s: float | None) -> None:
        """How far it is."""
        self._forecast.progress(task, done_s, total_s)
        self._progress.update(
            self._rows[task], completed=done_s, total=total_s, note=of_audio(done_s, total_s)
        )
        self._refresh()

    def end(self, task: Task, error: str = "") -> None:
        """Its line goes; an error stays."""
        self._forecast.end(task)
        self._progress.remove_task(self._rows.pop(task))
        self._ended += 1
        if error:
            self._failed += 1
            self._progress.console.print(f"[red]{escape(remark(task, error))}[/]", soft_wrap=True)
        self._refresh()

    def warn(self, task: Task, message: str) -> None:
        """A line that stays."""
        self._progress.console.print(f"[yellow]{escape(remark(task, message))}[/]", soft_wrap=True)

    def _refresh(self) -> None:
        failed = f", [red]{self._failed} failed[/]" if self._failed else ""
        self._progress.update(
            self._all,
            description=f"{self._ended} of {self._count} files{failed}",
            completed=self._forecast.done_s,
            total=self._forecast.total_s,
            note=of_audio(self._forecast.done_s, self._forecast.total_s),
        )


class Lines:
    """A `Display` where nobody watches: what went wrong or is odd, a line each."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begin(self, task: Task) -> None:
        """Nothing."""

    def progress(self, task: Task, done_s: float, total_s: float | None) -> None:
        """Nothing."""

    def end(self, task: Task, error: str = "") -> None:
        """Failures alone."""
        if error:
            self.warn(task, error)

    def warn(self, task: Task, message: str) -> None:
        """A line."""
        self._console.print(remark(task, message), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def shown(console: Console, tasks: Sequence[Task]) -> Iterator[Display]:
    """Bars at a terminal, lines elsewhere."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (
        *(SpinnerColumn(), TextColumn("{task.description}"), BarColumn()),
        *(TextColumn("{task.fields[note]}"), TimeRemainingColumn(), TextColumn("left")),
    )
    # Five minutes of work decide what is left: recordings differ.
    with Progress(
        *columns, console=console, transient=True, speed_estimate_period=SPEED_S
    ) as progress:
        yield Bars(progress, tasks)


def remark(task: Task, message: str) -> str:
    """The line of a recording that failed, or is odd."""
    return f"realtime: {task.item.shown}: {message}"


def summary(tally: Tally, elapsed_s: float, out: Path) -> str:
    """What came of a batch, in one line."""
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
    """`0:03:20` of audio."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def shortened(name: str) -> str:
    """The end of a long name says more than its beginning."""
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]
