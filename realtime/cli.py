"""The command `realtime`: argv and environment → Settings → one of the `commands`. No logic.

Exit codes: 0 done · 1 a failure while running, or a fault found by `doctor` · 2 something must be
corrected first: a flag, a path, a port, a model, a missing device · 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from realtime.commands import client, config, doctor, keys, models
from realtime.commands.evaluate import evaluate
from realtime.commands.flags import Commands, with_settings
from realtime.commands.load_test import load_test
from realtime.commands.serve import serve
from realtime.commands.transcribe import transcribe
from realtime.commands.watch import watch
from realtime.commands.worker import worker
from realtime.errors import RealtimeError, SetupError
from realtime.version import __version__

FAILED = 1
MUST_BE_CORRECTED = 2
INTERRUPTED = 130
WRONG_PLACES = {
    errno.ENOENT: "There is no such file or folder",
    errno.EEXIST: "There is a file of that name already",
    errno.ENOTDIR: "This is a file, not a folder",
    errno.EISDIR: "This is a folder, not a file",
    errno.EROFS: "Nothing can be written there",
    errno.ENAMETOOLONG: "The name is too long",
}
"""What is wrong with a path, by the operating system's error."""
SPEECH, MEASURE, OPERATE = "Speech to text", "Measure", "Set up and operate"
"""Groups of commands in the help."""

app = typer.Typer(
    name="realtime",
    cls=Commands,
    help="Speech to text: live for many streams at once, and for files, on one Whisper model.",
    epilog="Start with: realtime serve, and in a second terminal: realtime stream FILE. "
    "Exit codes: 0 done, 1 failed, 2 something must be corrected first.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
models_app = typer.Typer(
    cls=Commands,
    help="List, download, delete and move models.",
    no_args_is_help=True,
)
keys_app = typer.Typer(
    cls=Commands,
    help="Create, list and revoke API keys, with quotas.",
    no_args_is_help=True,
)
config_app = typer.Typer(
    cls=Commands,
    help="Show the settings, and where each comes from.",
    no_args_is_help=True,
)

app.command("serve", rich_help_panel=SPEECH)(with_settings(serve))
app.command("worker", rich_help_panel=OPERATE)(
    with_settings(
        worker,
        groups=(
            "Model",
            "Streams",
            "Speakers",
            "Files",
            "Jobs",
            "Cloud",
            "After the transcript",
            "Limits",
            "Security",
            "Logging",
        ),
    )
)
app.command("stream", rich_help_panel=SPEECH)(client.stream)
app.command("transcribe", rich_help_panel=SPEECH)(
    with_settings(transcribe, groups=("Model", "Speakers", "Cloud", "After the transcript"))
)
app.command("watch", rich_help_panel=SPEECH)(
    with_settings(watch, groups=("Model", "Speakers", "Cloud"))
)
app.command("evaluate", rich_help_panel=MEASURE)(
    with_settings(evaluate, groups=("Model", "Streams"))
)
app.command("mic", rich_help_panel=SPEECH)(
    with_settings(client.mic, groups=("Model", "Streams", "Speakers"))
)
app.command("dictate", rich_help_panel=SPEECH)(
    with_settings(client.dictate, groups=("Model", "Streams", "Speakers"))
)
app.command("devices", rich_help_panel=OPERATE)(client.devices)
app.command("load-test", rich_help_panel=MEASURE)(load_test)
app.add_typer(models_app, name="models", rich_help_panel=OPERATE)
models_app.command("list")(with_settings(models.list_models, groups=("Model",)))
models_app.command("download")(with_settings(models.download, groups=("Model",)))
models_app.command("remove")(with_settings(models.remove, groups=("Model",)))
models_app.command("pack")(with_settings(models.pack, groups=("Model",)))
models_app.command("unpack")(with_settings(models.unpack, groups=("Model",)))
models_app.command("inflate")(models.inflate)
app.add_typer(keys_app, name="keys", rich_help_panel=OPERATE)
keys_app.command("add")(with_settings(keys.add, groups=("Security",)))
keys_app.command("list")(with_settings(keys.list_keys, groups=("Files", "Limits", "Security")))
keys_app.command("revoke")(with_settings(keys.revoke, groups=("Security",)))
app.command("doctor", rich_help_panel=OPERATE)(
    with_settings(doctor.doctor, groups=("Network", "Model", "Files", "Security"))
)
app.add_typer(config_app, name="config", rich_help_panel=OPERATE)
config_app.command("show")(with_settings(config.show))


@app.command(rich_help_panel=OPERATE)
def version() -> None:
    """Print the version."""
    typer.echo(f"realtime {__version__}")


def _version_and_exit(show: bool) -> None:
    if show:
        version()
        raise typer.Exit


@app.callback()
def _options(
    show: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version_and_exit,
            is_eager=True,
            help="Print the version, like the command.",
        ),
    ] = False,
) -> None:
    """The program's own options; without this text typer would show it as the help."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; `arguments` default to those of this process. Always raises SystemExit.

    Errors that a user can correct are printed as one sentence each, never as a traceback.
    """
    _open_streams()
    try:
        app(arguments, prog_name="realtime")
    except KeyboardInterrupt:  # before the command has begun; commands end in their own ways
        sys.exit(INTERRUPTED)
    except SetupError as error:
        _complain(error.message)
        sys.exit(error.exit_code)
    except RealtimeError as error:
        _complain(error.message)
        sys.exit(MUST_BE_CORRECTED if error.fault == "client" else FAILED)
    except OSError as error:
        _complain(explained(error))
        sys.exit(MUST_BE_CORRECTED if error.errno in WRONG_PLACES else FAILED)


def _open_streams() -> None:
    """Replace standard streams that were closed (`>&-`) with the null device, so that text for them
    is lost, and no file that is opened later takes their place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def _complain(message: str) -> None:
    for line in message.splitlines():
        typer.echo(f"realtime: {line}", err=True)


def explained(error: OSError) -> str:
    """A sentence on what the operating system refused, and what to do about it."""
    place = f" ({error.filename})" if error.filename else ""
    advice = {
        errno.EADDRINUSE: "The port is in use: stop the other program, or choose another --port.",
        errno.EADDRNOTAVAIL: "This machine has no such address: correct --host.",
        errno.ENOSPC: f"The disk is full{place}: make room and try again.",
        errno.EACCES: f"Permission denied{place}: correct the permissions, or use another place.",
        **{number: f"{text}{place}: correct the path." for number, text in WRONG_PLACES.items()},
    }
    return advice.get(error.errno or 0, f"{error.strerror or error}{place}.")


if __name__ == "__main__":  # python -m realtime.cli
    main()
