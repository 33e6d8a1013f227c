"""`realtime evaluate`: compares a folder's transcripts with what a model recognises."""

from __future__ import annotations

import json
import os
import platform
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from realtime import logs
from realtime.commands.flags import with_flag_groups
from realtime.errors import SetupError
from realtime.evaluation.setups import DEFAULT_SETUPS, Setup, parse_setups
from realtime.settings import Settings
from realtime.version import __version__

if TYPE_CHECKING:  # statistics and audio: too heavy for `--help`
    from realtime.evaluation.figures import Report
    from realtime.evaluation.folder import Folder

FAILED: Final = 1
INTERRUPTED: Final = 130  # 128 + SIGINT, as in shells
TABLE_WIDTH: Final = 160
"""Width of a table that is not printed to a terminal, in columns."""


@dataclass(frozen=True, slots=True)
class EvaluationFlags:
    """What is compared, and where the report goes."""

    setups: Annotated[
        str,
        typer.Option(
            help="What to compare, separated by commas: file, live, the presets low-latency, "
            "balanced, accuracy, and stream options such as "
            "chunk_duration=5&endpoint_ms=800.",
            metavar="SETUPS",
        ),
    ] = DEFAULT_SETUPS
    apart: Annotated[
        float | None,
        typer.Option(
            "--apart",
            min=0,
            max=30,
            help="Join the recordings of each language, with this many seconds of silence "
            "between them, as in a call.",
            metavar="SECONDS",
            show_default="each alone",
        ),
    ] = None
    partials: Annotated[
        bool,
        typer.Option(
            "--partials",
            help="Also decode partial results: measures how soon the first words appear and "
            "what streams cost with them. Takes about as long as the recordings, for "
            "each setup.",
        ),
    ] = False
    json_path: Annotated[
        Path | None,
        typer.Option("--json", help="Write all figures and transcripts.", metavar="FILE"),
    ] = None
    html_path: Annotated[
        Path | None,
        typer.Option(
            "--html", help="Write a page that shows the differences word by word.", metavar="FILE"
        ),
    ] = None


@with_flag_groups
def evaluate(
    settings: Settings,
    folder: Annotated[
        Path,
        typer.Argument(
            help="Recordings with NAME.txt beside NAME.wav (or any other audio), or with a "
            "manifest.json: a list of objects with file, lang and reference.",
            metavar="FOLDER",
        ),
    ],
    flags: EvaluationFlags,
) -> None:
    """Measure how accurately and how fast a model transcribes recordings of your own.

    Each recording is transcribed as a file and as live streams with several settings. The streams
    run in virtual time: they give the same words as live, but sooner. --language,
    --chunk-duration … apply to the setups file and live. Recordings that cannot be read are named
    and left out. Ctrl-C prints the results so far. Exit code 0: done, 1: nothing could be
    transcribed, 2: something must be corrected, 130: interrupted.

    Examples:

    - `realtime evaluate calls/ --model small --language ko --html report.html`
    - `realtime evaluate calls/ --setups file,live,chunk_duration=5,chunk_duration=28`
    """
    logs.set_up("warning", settings.log_format)
    from realtime.app.evaluation import check_setups
    from realtime.evaluation.folder import read
    from realtime.evaluation.normalisation import normaliser

    compared = parse_setups(flags.setups)
    check_setups(compared)
    normaliser("")  # fails before an hour of work, not after it
    _check_places(flags.json_path, flags.html_path)
    order = EvaluationOrder(settings, read(folder), folder, compared, flags.apart, flags.partials)
    try:
        report = _measure(order, Console(stderr=True))
    except KeyboardInterrupt:  # before the model was loaded
        raise typer.Exit(INTERRUPTED) from None
    if report.results:
        _print(report)
    _write(report, flags)
    if not report.complete:
        typer.echo("realtime: interrupted; these are the recordings that were done", err=True)
        raise typer.Exit(INTERRUPTED)
    if not report.results:
        typer.echo("realtime: none of the recordings could be transcribed", err=True)
        raise typer.Exit(FAILED)


@dataclass(frozen=True, slots=True)
class EvaluationOrder:
    """The checked options of the command."""

    settings: Settings
    found: Folder
    folder: Path
    setups: tuple[Setup, ...]
    apart_s: float | None
    partials: bool


def _check_places(*paths: Path | None) -> None:
    """Raises SetupError where a report could not be written."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise SetupError(
                f"The folder {path.absolute().parent} does not exist: create it first."
            )


def _write(report: Report, flags: EvaluationFlags) -> None:
    """Write the files that were asked for."""
    if flags.json_path is not None:
        text = json.dumps(report.as_json(), indent=2, ensure_ascii=False)
        flags.json_path.write_text(text + "\n", encoding="utf-8")
    if flags.html_path is not None:
        from realtime.evaluation.page import page

        flags.html_path.write_text(page(report), encoding="utf-8")


def _measure(order: EvaluationOrder, console: Console) -> Report:
    """Run the evaluation until the end or Ctrl-C; → the results so far.

    Raises SetupError, LoadFailed.
    """
    from realtime.app.evaluation import open_transcribers
    from realtime.commands.evaluation import screen
    from realtime.evaluation.figures import Report, figures
    from realtime.evaluation.run import Run, one_after_the_other

    for line in screen.left_out_lines(order.found.left_out):
        typer.echo(line, err=True)
    where, complete = _machine(), True
    with ExitStack() as stack:
        with console.status("the model is loading …") if console.is_terminal else nullcontext():
            loaded = stack.enter_context(
                open_transcribers(order.settings, order.setups, partials=order.partials)
            )
        entries, setups = order.found.entries, order.setups
        shown = stack.enter_context(screen.open_display(console, len(entries), len(setups)))
        run = Run(loaded.transcribers, shown)
        recordings = run.decoded(entries, loaded.language)
        if order.apart_s is not None:
            recordings = one_after_the_other(recordings, order.apart_s)
        try:
            run.measure(recordings)
        except KeyboardInterrupt:
            complete = False
    return Report(
        folder=str(order.folder),
        model=loaded.model,
        machine=where,
        setups=setups,
        results=tuple(run.results),
        left_out=(*order.found.left_out, *run.left_out),
        figures=tuple(figures(run.results, setups, costed=loaded.costed)),
        complete=complete,
        partials=order.partials,
    )


def _machine() -> str:
    """Date, version, processors and load, on which speed figures depend."""
    return (
        f"{date.today()}, realtime {__version__}, {os.cpu_count()} CPUs "
        f"({platform.machine()}), load before {os.getloadavg()[0]:.1f}"
    )


def _print(report: Report) -> None:
    """Print the tables on standard output, in full width where that is no terminal."""
    from realtime.commands.evaluation import screen
    from realtime.evaluation.figures import NORMALISATION

    console = Console()
    if not console.is_terminal:
        console = Console(width=TABLE_WIDTH)
    for table in screen.tables(report):
        console.print(table)
    console.print(NORMALISATION["en"], style="dim", highlight=False, markup=False)
    console.print(f"{report.model}; {report.machine}", style="dim", highlight=False, markup=False)
