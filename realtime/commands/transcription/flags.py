"""Flags that `realtime transcribe` and `realtime watch` share, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

import typer

from realtime.commands.client import Privacy, Token
from realtime.commands.transcription.order import Order
from realtime.commands.transcription.recogniser import TranscriptionOptions
from realtime.commands.transcription.rendering import formats
from realtime.errors import SetupError
from realtime.files.formats import FORMATS, TIMED, Format
from realtime.languages import ALLOWED, AUTO, SEVERAL_ALLOWED, language_code, language_codes
from realtime.settings import Settings
from realtime.types import Task

JOBS: Final = 4
"""Recordings at once: enough for full batches of the model while one recording begins or ends."""


@dataclass(frozen=True, kw_only=True)
class FileFlags:
    """The flags by which both commands say how recordings are transcribed, and where."""

    form: Annotated[
        str,
        typer.Option("--format", help=f"{', '.join(FORMATS)}; several separated by commas."),
    ] = "txt"
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="Recordings at once.")] = JOBS
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            help="Spoken language: a code or name such as ko, en-US or Korean, or auto.",
            show_default="as set, else the recogniser's",
        ),
    ] = None
    languages: Annotated[
        str,
        typer.Option("--languages", help="Languages to choose from when detecting, such as ko,en."),
    ] = ""
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            help="Transcribe on a server, through its HTTP API.",
            metavar="http://HOST:8003",
            show_default="this process",
        ),
    ] = None
    token: Token = None
    task: Annotated[
        str,
        typer.Option("--task", help="transcribe, or translate (into English).", metavar="TASK"),
    ] = "transcribe"
    prompt: Annotated[
        str,
        typer.Option("--prompt", help="Text that gives the model context, such as likely words."),
    ] = ""
    hotwords: Annotated[str, typer.Option("--hotwords", help="Names and terms to listen for.")] = ""
    multichannel: Annotated[
        bool, typer.Option("--multichannel", help="Transcribe each channel separately.")
    ] = False
    diarize: Annotated[
        bool, typer.Option("--diarize", help="Tell speakers apart within a channel.")
    ] = False
    privacy: Privacy = False

    def order(self, settings: Settings, *, overwrite: bool = False) -> Order:
        """The checked options of the command. Raises SetupError."""
        forms = formats(self.form)
        options = self._options(settings, forms)
        return Order(settings, options, forms, self.url, self.token, self.jobs, overwrite)

    def _options(self, settings: Settings, forms: tuple[Format, ...]) -> TranscriptionOptions:
        return TranscriptionOptions(
            language=spoken_language(self.language, self.languages, settings),
            languages=candidates(self.languages),
            task=whisper_task(self.task),
            prompt=self.prompt,
            hotwords=self.hotwords,
            # Cues may begin within a sentence, so their times come from words.
            word_timestamps=not TIMED.isdisjoint(forms),
            multichannel=self.multichannel,
            diarize=self.diarize,
            privacy_removal=self.privacy,
        )


@dataclass(frozen=True, kw_only=True)
class TranscribeFlags(FileFlags):
    """And the parts of an answer that `realtime transcribe` alone offers."""

    word_times: Annotated[
        bool, typer.Option("--word-times", help="Add the time of each word (JSON).")
    ] = False
    classify: Annotated[
        bool, typer.Option("--classify", help="Add what each call is about (JSON).")
    ] = False
    agent: Annotated[
        bool,
        typer.Option("--agent", help="Add a summary and next steps by a language model (JSON)."),
    ] = False
    summary: Annotated[
        bool,
        typer.Option("--summary", help="Add points and chapters by a language model (JSON)."),
    ] = False

    def _options(self, settings: Settings, forms: tuple[Format, ...]) -> TranscriptionOptions:
        options = super()._options(settings, forms)
        return replace(
            options,
            word_timestamps=options.word_timestamps or self.word_times,
            classification=self.classify,
            ai_agent=self.agent,
            summary=self.summary,
        )


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
