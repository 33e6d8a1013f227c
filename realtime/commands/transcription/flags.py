"""Flags that `realtime transcribe` and `realtime watch` share, and what they mean."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from realtime.errors import SetupError
from realtime.files.formats import FORMATS
from realtime.languages import ALLOWED, AUTO, SEVERAL_ALLOWED, language_code, language_codes
from realtime.settings import Settings
from realtime.types import Task

JOBS: Final = 4
"""Recordings at once: enough for full batches of the model while one recording begins or ends."""

Forms = Annotated[
    str,
    typer.Option("--format", help=f"{', '.join(FORMATS)}; several separated by commas."),
]
Jobs = Annotated[int, typer.Option("--jobs", min=1, max=64, help="Recordings at once.")]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        help="Spoken language: a code or name such as ko, en-US or Korean, or auto.",
        show_default="as set, else the recogniser's",
    ),
]
Languages = Annotated[
    str,
    typer.Option("--languages", help="Languages to choose from when detecting, such as ko,en."),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Transcribe on a server, through its HTTP API.",
        metavar="http://HOST:8003",
        show_default="this process",
    ),
]
WhisperTask = Annotated[
    str,
    typer.Option("--task", help="transcribe, or translate (into English).", metavar="TASK"),
]
Prompt = Annotated[
    str,
    typer.Option("--prompt", help="Text that gives the model context, such as likely words."),
]
Hotwords = Annotated[str, typer.Option("--hotwords", help="Names and terms to listen for.")]
Multichannel = Annotated[
    bool, typer.Option("--multichannel", help="Transcribe each channel separately.")
]
Diarize = Annotated[bool, typer.Option("--diarize", help="Tell speakers apart within a channel.")]
Privacy = Annotated[bool, typer.Option("--privacy", help="Mask personal data.")]


def spoken_language(named: str | None, languages: str, settings: Settings) -> str:
    """The language of the flag or of a setting, as a code or `auto`; empty: neither is set.

    `languages`: candidates, with which an unnamed language is detected. Raises SetupError.
    """
    named = named or (AUTO if languages else None)
    if named is None:
        return settings.language if settings.origins()["language"] != "default" else ""
    try:
        return language_code(named) or AUTO
    except ValueError:
        raise SetupError(f"Unknown language {named!r}: it must be {ALLOWED}.") from None


def candidates(named: str) -> str:
    """The codes of the languages in `named`, separated by commas. Raises SetupError."""
    try:
        return ",".join(language_codes(named)) if named else ""
    except ValueError:
        raise SetupError(f"--languages {named!r}: they must be {SEVERAL_ALLOWED}.") from None


def whisper_task(name: str) -> Task:
    """The task of that name. Raises SetupError."""
    if name == "transcribe":
        return "transcribe"
    if name == "translate":
        return "translate"
    raise SetupError(f"Unknown task {name!r}: it must be transcribe or translate.")
