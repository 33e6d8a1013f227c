"""An evaluation at a terminal: its progress, and the table at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from realtime.commands.transcription.screen import shortened
from realtime.evaluation.figures import Figures, Report
from realtime.evaluation.folder import SkippedRecording
from realtime.evaluation.page import COLUMNS, heading
from realtime.evaluation.recordings import Recording
from realtime.evaluation.run import EvaluationDisplay

SPEED_S = 300.0
"""Period over which the speed is estimated; it is long because recordings differ."""
FIRST_NAMED = 5
"""How many left-out recordings are named; the others are counted. JSON and page list them all."""


class EvaluationBars:
    """A `EvaluationDisplay` with one bar over all recordings in all setups."""

    def __init__(self, progress: Progress, recordings: int, setups: int) -> None:
        self._progress, self._setups = progress, setups
        self._bar = progress.add_task("", total=recordings, note="")
        self._done = 0
        """Number of recordings that are done."""
        self._now: Recording | None = None
        self._done_s: dict[str, float] = {}
        """Setup → seconds of the current recording that are done."""

    def begin(self, recording: Recording) -> None:
        self._now, self._done_s = recording, {}
        self._progress.update(self._bar, description=escape(shortened(recording.name)))

    def progress(self, setup: str, done_s: float) -> None:
        self._done_s[setup] = done_s
        now = self._now
        if now is not None and now.duration_s:
            share = sum(self._done_s.values()) / (now.duration_s * self._setups)
            self._update(share * now.parts, setup)

    def end(self, recording: Recording) -> None:
        self._done += recording.parts
        self._now = None
        self._update(0.0, "")

    def warn(self, left_out: SkippedRecording) -> None:
        line = f"[yellow]{escape(remark(left_out))}[/]"
        self._progress.console.print(line, soft_wrap=True)

    def _update(self, more: float, setup: str) -> None:
        self._progress.update(self._bar, completed=self._done + more, note=escape(setup))


class EvaluationLines:
    """A `EvaluationDisplay` for a log: a line for each recording that is done or left out."""

    def __init__(self, console: Console, recordings: int) -> None:
        self._console, self._recordings = console, recordings
        self._done = 0

    def begin(self, recording: Recording) -> None: ...
    def progress(self, setup: str, done_s: float) -> None: ...
    def end(self, recording: Recording) -> None:
        self._done += recording.parts
        self._print(f"realtime: {self._done} of {self._recordings}: {recording.name}")

    def warn(self, left_out: SkippedRecording) -> None:
        self._print(remark(left_out))

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def open_display(console: Console, recordings: int, setups: int) -> Iterator[EvaluationDisplay]:
    """A bar on a terminal, lines elsewhere. `recordings`: their number."""
    if not console.is_terminal:
        yield EvaluationLines(console, recordings)
        return
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}")),
        *(TimeRemainingColumn(), TextColumn("left")),
    )
    with Progress(
        *columns, console=console, transient=True, speed_estimate_period=SPEED_S
    ) as progress:
        yield EvaluationBars(progress, recordings, setups)


def remark(left_out: SkippedRecording) -> str:
    """The line for a recording that is left out."""
    return f"realtime: {left_out.name} is left out: {left_out.why}"


def left_out_lines(left_out: Sequence[SkippedRecording]) -> Iterator[str]:
    """Lines for recordings that are left out from the start: `FIRST_NAMED` names, then a count."""
    yield from map(remark, left_out[:FIRST_NAMED])
    more = len(left_out) - FIRST_NAMED
    if more > 0:
        yield f"realtime: … and {more} more"


def tables(report: Report) -> Iterator[Table]:
    """A table for each language, without empty columns."""
    for language in dict.fromkeys(one.language for one in report.figures):
        yield _table([one for one in report.figures if one.language == language])


def _table(of: Sequence[Figures]) -> Table:
    table = Table(title=escape(heading(of)[0]), title_justify="left")
    table.add_column("", no_wrap=True)
    columns = [
        (names[0], cells)
        for names, cell in COLUMNS
        if any((cells := [cell(one) for one in of])[i] != "–" for i in range(len(of)))
    ]
    for name, _ in columns:
        table.add_column(escape(name), justify="right")
    for row, one in enumerate(of):
        table.add_row(escape(one.setup), *(escape(cells[row]) for _, cells in columns))
    return table
