"""From flags to options: shared by commands, each made in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from realtime.commands.client import DisplayFlags, LiveFlags
from realtime.commands.flags import with_flag_groups
from realtime.commands.load_test import LoadFlags
from realtime.commands.transcription.flags import FileFlags, TranscribeFlags
from realtime.commands.transcription.recogniser import TranscriptionOptions
from realtime.errors import SetupError
from realtime.settings import Settings


def test_a_dataclass_becomes_flags_in_its_place() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Size:
        wide: Annotated[int, typer.Option("--wide", help="Width.")] = 1
        high: Annotated[int, typer.Option("--high")]

    seen: list[object] = []

    # `eval_str` finds no class of a function, so the annotation is set here.
    def command(*, first: str = "", size: object, last: str = "") -> None:
        seen.append((first, size, last))

    command.__annotations__ = {"first": str, "size": Size, "last": str, "return": None}
    app = typer.Typer()
    app.command()(with_flag_groups(command))
    runner = CliRunner()
    assert runner.invoke(app, ["--high", "3", "--last", "z"]).exit_code == 0
    assert seen == [("", Size(wide=1, high=3), "z")]
    assert runner.invoke(app, []).exit_code == 2, "--high has no default"
    listed = runner.invoke(app, ["--help"]).output
    places = [listed.index(flag) for flag in ("--first", "--wide", "--high", "--last")]
    assert places == sorted(places)


EVERY = {
    "language": "English",
    "languages": "ko,English",
    "task": "translate",
    "prompt": "Earlier words.",
    "hotwords": "Seoul",
    "multichannel": True,
    "diarize": True,
    "privacy": True,
}
OPTIONS = TranscriptionOptions(
    language="en",
    languages="ko,en",
    task="translate",
    prompt="Earlier words.",
    hotwords="Seoul",
    multichannel=True,
    diarize=True,
    privacy_removal=True,
)


def test_flags_of_files_become_the_options_of_every_recording() -> None:
    order = FileFlags(**EVERY, url="http://here", token="key", jobs=2).order(Settings())  # type: ignore[arg-type]
    assert order.options == OPTIONS
    assert (order.url, order.token, order.jobs, order.overwrite) == ("http://here", "key", 2, False)
    assert TranscribeFlags(**EVERY).order(Settings(), overwrite=True).overwrite  # type: ignore[arg-type]
    assert TranscribeFlags(**EVERY).order(Settings()).options == OPTIONS  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [FileFlags, TranscribeFlags])
def test_formats_with_times_need_the_times_of_words(kind: type[FileFlags]) -> None:
    assert not kind(form="txt,json").order(Settings()).options.word_timestamps
    assert kind(form="txt,srt").order(Settings()).options.word_timestamps


def test_parts_that_transcribe_alone_offers() -> None:
    flags = TranscribeFlags(word_times=True, classify=True, agent=True, summary=True)
    assert flags.order(Settings()).options == TranscriptionOptions(
        word_timestamps=True, classification=True, ai_agent=True, summary=True
    )


@pytest.mark.parametrize("wrong", [{"task": "sing"}, {"language": "Klingon"}, {"form": "mp3"}])
def test_wrong_values_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(SetupError):
        FileFlags(**wrong).order(Settings())  # type: ignore[arg-type]


def test_live_flags_leave_the_servers_defaults_where_they_are_not_given() -> None:
    assert LiveFlags().options() == {"privacy": None}
    assert DisplayFlags().options() == {"privacy": None, "words": None, "diarize": None}
    assert DisplayFlags(words=True, diarize=True, privacy=True).options() == {
        "privacy": True,
        "words": True,
        "diarize": True,
    }


@pytest.mark.parametrize(
    ("flags", "url", "key"),
    [
        (LoadFlags(), None, None),
        (LoadFlags(url="http://a", token="x"), "http://a", "x"),
        (LoadFlags(base_url="http://b", api_key="y"), "http://b", "y"),
    ],
)
def test_flags_of_a_load_test_have_their_keys_in_the_file(
    flags: LoadFlags, url: str | None, key: str | None
) -> None:
    values = flags.values()
    assert (values["base_url"], values["api_key"]) == (url, key)
    assert "url" not in values
    assert "token" not in values
