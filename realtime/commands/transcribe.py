"""`realtime transcribe`: files into text, in this process or on a server."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from realtime import logs
from realtime.commands.flags import with_flag_groups
from realtime.commands.transcription.flags import TranscribeFlags
from realtime.commands.transcription.inputs import STANDARD_INPUT, Input, collect
from realtime.commands.transcription.order import Order
from realtime.commands.transcription.recogniser import FileRecogniser
from realtime.commands.transcription.rendering import rendered
from realtime.errors import SetupError
from realtime.settings import Settings

FAILED: Final = 1
INTERRUPTED: Final = 130  # 128 + SIGINT, as in shells


@with_flag_groups
def transcribe(
    settings: Settings,
    *,
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Recordings, folders (with subfolders), patterns such as 'calls/*.mp3', or - "
            "for standard input.",
            metavar="PATH…",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the results (default: print the one result)."),
    ] = None,
    flags: TranscribeFlags,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Estimate the time and cost; write no results.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Transcribe recordings again that are done already.")
    ] = False,
) -> None:
    """Transcribe recordings of any format and length.

    With --out each recording gets a file in each format, in the same subfolder. Recordings that are
    done already are skipped, so the same command continues an interrupted run. If a recording
    fails, the others are still transcribed. Exit code 0: all done, 1: some failed, 2: something
    must be corrected, 130: interrupted.

    Examples:

    - `realtime transcribe call.mp3`
    - `realtime transcribe calls/ --out texts --format json,srt`
    - `realtime transcribe 'calls/*.wav' --out texts --url http://localhost:8003 --jobs 8`
    - `ffmpeg -i film.mkv -f flac - | realtime transcribe - --format srt > film.srt`
    """
    logs.set_up("warning", settings.log_format)
    order = flags.order(settings, overwrite=overwrite)
    console = Console(stderr=True)
    try:
        with _inputs(paths) as items:
            if estimate:
                from realtime.commands.transcription.estimate import estimated

                code = estimated(order, items, console)
            elif out is not None:
                code = _into_folder(order, items, out, console)
            else:
                code = _print_one(order, items, console)
    except KeyboardInterrupt:
        typer.echo("realtime: interrupted; run the same command again to continue", err=True)
        code = INTERRUPTED
    raise typer.Exit(code)


@contextmanager
def _inputs(paths: Sequence[str]) -> Iterator[list[Input]]:
    """The inputs that `paths` name; standard input is copied to a file, because decoding seeks."""
    items = collect([path for path in paths if path != STANDARD_INPUT])
    if STANDARD_INPUT not in paths:
        yield items
        return
    with tempfile.TemporaryDirectory(prefix="realtime-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield [*items, Input(path, Path("stdin"))]


def _print_one(order: Order, items: Sequence[Input], console: Console) -> int:
    if len(items) != 1:
        raise SetupError(f"{len(items)} recordings need a folder for their results: add --out DIR.")
    if len(order.forms) != 1:
        raise SetupError("Several formats need a folder for their results: add --out DIR.")

    from realtime.commands.transcription import screen
    from realtime.commands.transcription.batch import FilesDisplay, Task
    from realtime.commands.transcription.ledger import NOWHERE

    only = Task(items[0], NOWHERE, items[0].path.stat().st_size)

    async def run(
        opened: AbstractAsyncContextManager[FileRecogniser], display: FilesDisplay
    ) -> str:
        display.begin(only)
        async with opened as recogniser:
            answer = await recogniser.transcribe(
                only.item.path,
                order.options.fields(),
                lambda done_s, total_s: display.progress(only, done_s, total_s),
            )
        for warning in answer.get("warnings", ()):
            display.warn(only, str(warning["message"]))
        return rendered(answer, order.forms[0])

    with order.recogniser(console) as opened, screen.open_display(console, [only]) as display:
        text = asyncio.run(run(opened, display))
    typer.echo(text, nl=False)
    return 0


def _into_folder(order: Order, items: Sequence[Input], out: Path, console: Console) -> int:
    from realtime.commands.transcription import screen
    from realtime.commands.transcription.batch import FileBatch, FilesDisplay, Tally, plan
    from realtime.commands.transcription.ledger import opened as open_ledger

    tally, begun = Tally(), time.monotonic()
    with open_ledger(out, order.forms) as ledger:
        tasks, tally.skipped = plan(items, ledger, order.mark(), overwrite=order.overwrite)

        async def run(
            opened: AbstractAsyncContextManager[FileRecogniser], display: FilesDisplay
        ) -> None:
            async with opened as recogniser:
                batch = FileBatch(recogniser, ledger, order.options, order.forms, display)
                await batch.run(tasks, order.jobs, tally)

        try:
            if tasks:
                with (
                    order.recogniser(console) as opened,
                    screen.open_display(console, tasks) as display,
                ):
                    begun = time.monotonic()
                    asyncio.run(run(opened, display))
        finally:
            typer.echo(screen.summary(tally, time.monotonic() - begun, out), err=True)
    return FAILED if tally.failed else 0
