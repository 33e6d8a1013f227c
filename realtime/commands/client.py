"""`realtime stream`, `mic`, `dictate`, `devices`: the Python client at a terminal."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

import typer

from realtime import logs
from realtime.client import dictation, player
from realtime.client.errors import BadSource, NoMicrophone
from realtime.client.formats import AudioFormat
from realtime.client.microphone import Microphone
from realtime.client.microphone import devices as microphones
from realtime.client.pacing import Pace
from realtime.client.screen import Display
from realtime.client.transcriber import DEFAULT_URL, Transcriber
from realtime.commands.flags import with_flag_groups
from realtime.encodings import SAMPLE_BYTES
from realtime.settings import Settings

Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="STT_TOKEN",
        help="API key of the server. Better set in the environment than as a flag.",
        show_default=False,
    ),
]
Privacy = Annotated[bool, typer.Option("--privacy", help="Mask personal data.")]

MicrophoneName = Annotated[
    str | None,
    typer.Option(
        "--microphone", help="Number or name from `realtime devices`.", show_default=False
    ),
]
Local = Annotated[
    bool,
    typer.Option("--local", help="Run the model in this process, even if a server is running."),
]


class LiveOptions(TypedDict, total=False):
    """Options of a stream that are flags; None: the server's default."""

    words: bool | None
    diarize: bool | None
    privacy: bool | None


@dataclass(frozen=True, kw_only=True)
class LiveFlags:
    """The flags of all commands that transcribe a live stream."""

    url: Annotated[
        str, typer.Option("--url", envvar="STT_URL", help="The server.", metavar="ws://HOST:PORT")
    ] = DEFAULT_URL
    privacy: Privacy = False
    token: Token = None

    def options(self) -> LiveOptions:
        """The options of the stream, for a server and for a model in this process."""
        return {"privacy": self.privacy or None}

    def transcriber(
        self, language: str | None, languages: str | None = None, preset: str | None = None
    ) -> Transcriber:
        """A client of the server. Raises BadOption and the client's errors for wrong values."""
        return Transcriber(
            self.url,
            language=language,
            languages=languages,
            preset=preset,
            token=self.token,
            **self.options(),
        )


@dataclass(frozen=True, kw_only=True)
class DisplayFlags(LiveFlags):
    """And those of the commands that show the transcript."""

    words: Annotated[
        bool, typer.Option("--words", help="Add words with their times (see --json).")
    ] = False
    diarize: Annotated[
        bool, typer.Option("--diarize", help="Tell speakers apart, as [0], [1] …")
    ] = False
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the server's messages as JSON lines.")
    ] = False

    def options(self) -> LiveOptions:
        more: LiveOptions = {"words": self.words or None, "diarize": self.diarize or None}
        return {**super().options(), **more}

    def display(self) -> Display:
        """The transcript on standard output, as text or as JSON."""
        return player.display(self.as_json, sys.stdout, sys.stderr)


@with_flag_groups
def stream(
    file: Annotated[
        str, typer.Argument(help="Any audio file, or - for standard input.", metavar="FILE|-")
    ],
    *,
    flags: DisplayFlags,
    language: Annotated[
        str | None,
        typer.Option(
            help="Spoken language: a code or name such as ko, en-US or Korean, or auto "
            "(default: the server's)."
        ),
    ] = None,
    languages: Annotated[
        str | None,
        typer.Option(
            help="Languages to choose from when detecting, such as ko,en.", show_default=False
        ),
    ] = None,
    pace: Annotated[
        Pace | None,
        typer.Option(
            help="At the speed of speech, or as fast as possible (default: realtime for "
            "files, fast for standard input).",
            show_default=False,
        ),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="low-latency, balanced or accuracy.", show_default=False)
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            help=f"Format of raw audio: {', '.join(SAMPLE_BYTES)}; auto for a container "
            "(default: f32le for standard input; files say it themselves).",
            show_default=False,
        ),
    ] = None,
    sample_rate: Annotated[int, typer.Option(help="Sample rate of raw audio, in Hz.")] = 16_000,
    channels: Annotated[int, typer.Option(help="Channels of raw audio.")] = 1,
) -> None:
    """Play a file or standard input to a server as a live stream, and print the transcript.

    Partial results are updated in place, final ones stay as lines.

    Examples:

    - `realtime stream speech.mp3 --language en`
    - `realtime stream call.wav --pace fast --json`
    - `arecord -f FLOAT_LE -r 16000 -c 1 | realtime stream -`
    """
    audio = None if encoding is None else _format(encoding, sample_rate, channels)
    how: Pace = pace or ("fast" if file == "-" else "realtime")
    source = player.open_input(file, audio, how)
    transcriber = flags.transcriber(language, languages, preset)
    raise typer.Exit(player.play(nullcontext(transcriber), source, flags.display(), pace=how))


@with_flag_groups
def mic(
    settings: Settings,
    *,
    flags: DisplayFlags,
    microphone: MicrophoneName = None,
    local: Local = False,
) -> None:
    """Speak into the microphone and read along.

    With a server at --url, that one listens; without one, the model runs in this process, with the
    settings below. Ctrl-C ends it, and still prints the last words.

    Examples:

    - `realtime mic --language en`
    - `realtime mic --local --model small`
    """
    raise typer.Exit(_listen(settings, flags, microphone, flags.display(), local=local))


@with_flag_groups
def dictate(
    settings: Settings,
    *,
    flags: LiveFlags,
    microphone: MicrophoneName = None,
    to: Annotated[
        Literal["window", "stdout"],
        typer.Option("--to", help="Type into the focused window, or print."),
    ] = "window",
    type_with: Annotated[
        str,
        typer.Option(
            "--type-with",
            help="Program that types its standard input (default: xdotool on X11, wtype on "
            "Wayland).",
            metavar="COMMAND",
            show_default=False,
        ),
    ] = "",
    local: Local = False,
) -> None:
    """Speak, and have it typed into the window that has the focus: an editor, a browser, a chat.

    Only final text is typed, never Enter or another key that is no letter. With a server at --url,
    that one listens; without one, the model runs in this process. Ctrl-C ends it, after the last
    words.

    Examples:

    - `realtime dictate --language en`
    - `realtime dictate --to stdout > notes.txt`
    - `realtime dictate --type-with 'ydotool type --file -'`
    """
    keys = dictation.Printed(sys.stdout) if to == "stdout" else dictation.keyboard(type_with)
    display = dictation.Dictation(keys, sys.stderr)
    raise typer.Exit(_listen(settings, flags, microphone, display, local=local))


def _listen(
    settings: Settings, flags: LiveFlags, microphone: str | None, display: Display, *, local: bool
) -> int:
    """Send the microphone to the server, else to a model in this process; → exit code."""
    device = int(microphone) if microphone and microphone.isdecimal() else microphone
    source = Microphone(device)
    if not local and asyncio.run(player.reachable(flags.url)):
        explicit = settings.origins()["language"] != "default"
        transcriber = flags.transcriber(settings.language if explicit else None)
        return player.play(nullcontext(transcriber), source, display)
    # The models' libraries are imported only where no server does the work.
    from realtime.app.app import local_transcriber

    logs.set_up("warning", settings.log_format)
    typer.echo(
        f"realtime: no server at {flags.url}, so the model runs here; it is loading …", err=True
    )
    return player.play(local_transcriber(settings, **flags.options()), source, display)


def devices() -> None:
    """List the microphones of this machine."""
    found = microphones()
    if not found:
        raise NoMicrophone(
            "No microphone was found: connect one, or check the system's sound settings."
        )
    for device in found:
        mark = "*" if device.default else " "
        rate = f"{device.sample_rate} Hz"
        typer.echo(f"{mark} {device.index:3}  {device.name}  ({device.channels} channels, {rate})")


def _format(encoding: str, sample_rate: int, channels: int) -> AudioFormat:
    try:
        return AudioFormat(encoding, sample_rate, channels)
    except ValueError as error:
        raise BadSource(str(error)) from None
