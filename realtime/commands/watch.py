"""`realtime watch`: recordings of a folder into text, as they appear."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from realtime import logs
from realtime.commands.flags import with_flag_groups
from realtime.commands.transcription.flags import FileFlags
from realtime.commands.transcription.order import Order
from realtime.commands.transcription.recogniser import FileRecogniser
from realtime.errors import SetupError
from realtime.settings import Settings

FAILED: Final = 1
SETTLE_S: Final = 2.0
"""Who writes a recording, writes every second; copying over a network may pause for longer."""


@with_flag_groups
def watch(
    settings: Settings,
    *,
    folder: Annotated[
        Path, typer.Argument(help="The folder, watched with its subfolders.", metavar="FOLDER")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "--output-dir",
            help="Folder for the transcripts.",
            show_default="beside the recordings",
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Transcribe what is there, and end.")
    ] = False,
    settle: Annotated[
        float,
        typer.Option(
            "--settle",
            min=0.1,
            max=3600,
            help="A recording is complete when it has not changed for so long.",
            metavar="SECONDS",
        ),
    ] = SETTLE_S,
    flags: FileFlags,
) -> None:
    """Transcribe the recordings of a folder, and new ones as they appear.

    A recording is transcribed once it is complete, and only once, even after a restart, unless it
    changes. One that cannot be transcribed gets a file NAME.error.txt that says why, and the others
    go on. SIGTERM and Ctrl-C finish what has begun.
    Exit code 0: stopped, or with --once all done, 1: some failed, 2: something must be corrected.

    Examples:

    - `realtime watch recordings/`
    - `realtime watch recordings/ --out texts --format txt,srt --url http://localhost:8003`
    - `realtime watch recordings/ --once`
    """
    logs.set_up("warning", settings.log_format)
    if not folder.is_dir():
        if folder.exists():
            raise SetupError(f"{folder} is not a folder: correct the path.")
        raise SetupError(f"The folder {folder} does not exist: create it, or correct the path.")
    order = flags.order(settings)
    raise typer.Exit(_watched(order, folder, out or folder, settle, once=once))


def _watched(order: Order, folder: Path, out: Path, settle_s: float, *, once: bool) -> int:
    from realtime.app.process.signals import stop_signals
    from realtime.commands.transcription import screen
    from realtime.commands.transcription.arrivals import Arrivals
    from realtime.commands.transcription.batch import FileBatch, Tally
    from realtime.commands.transcription.ledger import opened as open_ledger
    from realtime.commands.transcription.watching import Watch

    console, tally, begun = Console(stderr=True), Tally(), time.monotonic()

    def say(line: str) -> None:
        typer.echo(f"realtime: {line}", err=True)

    async def run(opened: AbstractAsyncContextManager[FileRecogniser]) -> None:
        async with opened as recogniser:
            batch = FileBatch(
                recogniser, ledger, order.options, order.forms, screen.FileLines(console)
            )
            watch = Watch(folder, batch, order.mark(), Arrivals(settle_s), tally, say=say)
            loop = asyncio.get_running_loop()

            def stop(number: signal.Signals) -> None:
                if not watch.stop.is_set():
                    say("finishing what has begun …")
                watch.stop.set()
                loop.remove_signal_handler(number)  # a second one ends the process at once

            for number in stop_signals():
                loop.add_signal_handler(number, stop, number)
            say(f"watching {folder}; transcripts go to {out}")
            await watch.run(order.jobs, once=once)

    with open_ledger(out, order.forms) as ledger:
        try:
            with order.recogniser(console) as opened:
                begun = time.monotonic()
                asyncio.run(run(opened))
        finally:
            typer.echo(screen.summary(tally, time.monotonic() - begun, out), err=True)
    return FAILED if once and tally.failed else 0
