"""A stream's options are defined once, in `realtime.wire.options`.

Code that has to repeat their names, for typing or because it is in another language, is listed here
and compared with the table. Other code that names several of them is found.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator, Mapping

import pytest
from pydantic.fields import FieldInfo

from realtime.app.library.live import RealtimeWhisperProcessor
from realtime.client.stream import LiveStream
from realtime.client.transcriber import Transcriber
from realtime.commands.client import stream
from realtime.jobs.remote import FIELDS
from realtime.server.http.fields import OpenAIFields
from realtime.settings.recognition import StreamKnobs
from realtime.transcribe.fields import FileFields
from realtime.wire.config import CHANGEABLE
from realtime.wire.option import Door
from realtime.wire.options import OPTIONS, PRESETS, TASKS, offered_at
from realtime.wire.values import MAX_TEXT
from tests.readme import ROOT

NAMES = {name for option in OPTIONS.values() for name in (option.name, *option.doors.values())}
ENOUGH = 4
"""A class or function with this many of the options' names counts as a definition of options."""
MADE_FROM_IT = {
    "StreamConfig",  # in tests/wire/test_options.py
    "StreamKnobs",
    "FileFields",
    "OpenAIFields",
    "Transcriber",
    "change",
    "RealtimeWhisperProcessor.__init__",
    "stream",
}
"""Definitions that are compared with the table below."""
PASS_THEM_ON = {
    "DecodeOptions",
    "FileOptions",
    "TranscriptionOptions",
    "WhisperSTT.transcribe",
    "FileFlags",
    "LoadFlags",
}
"""Internal carriers of values, and flags of other commands: without bounds and own defaults."""
OWN_DEFAULTS = {
    # For files and in the library the default language is Korean.
    ("FileOptions", "language"),
    ("WhisperSTT.transcribe", "language"),
    ("RealtimeWhisperProcessor.__init__", "language"),
    # The library's interface is older than the server's options and has short chunks.
    ("RealtimeWhisperProcessor.__init__", "chunk_duration"),
    ("RealtimeWhisperProcessor.__init__", "overlap_duration"),
    # Clients always state the format that they send: 16 kHz, one channel.
    ("Transcriber", "sample_rate"),
    ("stream", "sample_rate"),
    # Strings where the table has lists or nothing.
    ("TranscriptionOptions", "language"),
    ("TranscriptionOptions", "languages"),
    ("FileFlags", "languages"),
    ("OpenAIFields", "model"),
    # The settings: 0 leaves the beam size to the device, and the default language is Korean.
    ("StreamKnobs", "beam_size"),
    ("StreamKnobs", "language"),
}


Named = Mapping[str, ast.expr | None]
"""Names of fields or parameters → their defaults."""


def fields(kind: ast.ClassDef) -> Named:
    return {
        each.target.id: each.value
        for each in kind.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }


def taken(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Named:
    args = function.args
    plain = [*args.posonlyargs, *args.args]
    defaults = [*[None] * (len(plain) - len(args.defaults)), *args.defaults, *args.kw_defaults]
    names = [each.arg for each in (*plain, *args.kwonlyargs)]
    return dict(zip(names, defaults, strict=True))


def declarations(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, Named]]:
    """Every class and function with its fields or parameters."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name, fields(node)
            yield from declarations(node, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{owner}{node.name}", taken(node)


def definitions(source: str) -> dict[str, Named]:
    """The classes and functions that name several options."""
    return {
        name: {key: value for key, value in named.items() if key in NAMES}
        for name, named in declarations(ast.parse(source))
        if len(named.keys() & NAMES) >= ENOUGH
    }


def all_definitions() -> Iterator[tuple[str, Named]]:
    for path in sorted((ROOT / "realtime").rglob("*.py")):
        yield from definitions(path.read_text(encoding="utf-8")).items()


def test_nothing_else_defines_options() -> None:
    found = {name.removeprefix("LiveStream.") for name, _ in all_definitions()}
    assert found == MADE_FROM_IT | PASS_THEM_ON


def test_defaults_are_those_of_the_table() -> None:
    by_name = {name: option for door in Doors for name, option in offered_at(door).items()}
    by_name |= OPTIONS
    others = {
        (owner, name)
        for owner, named in all_definitions()
        for name, value in named.items()
        if isinstance(value, ast.Constant)
        and value.value is not None
        and value.value != by_name[name].default
    }
    assert others == OWN_DEFAULTS


def test_a_second_definition_is_found() -> None:
    planted = "class More:\n  hop: float = 0.7\n  vad: str\n  words: bool\n  beam_size: int = 1"
    assert set(definitions(planted)) == {"More"}
    planted = "def more(hop, *, vad='silero', words=False, beam_size=1): ..."
    assert definitions(planted)["more"].keys() == {"hop", "vad", "words", "beam_size"}
    assert definitions("class Few:\n  hop: float\n  vad: str\n  words: bool") == {}


Doors: tuple[Door, ...] = ("setting", "files", "openai", "client", "command", "library", "page")


def parameters(function: Callable[..., object]) -> set[str]:
    return set(inspect.signature(function).parameters)


def page_query() -> set[str]:
    """Identifiers in the page's code that builds a stream's query."""
    script = (ROOT / "web/js/live/options.js").read_text(encoding="utf-8")
    code = script.partition("get query() {")[2].partition("\n  }\n")[0]
    return set(re.findall(r"\w+", code))


SHOWN: Mapping[Door, Callable[[], set[str]]] = {
    "setting": lambda: set(StreamKnobs.model_fields),
    "files": lambda: set(FileFields.model_fields),
    "openai": lambda: set(OpenAIFields.model_fields) - {"model"},  # any name fits
    "client": lambda: {field.name for field in dataclasses.fields(Transcriber)},
    "command": lambda: parameters(stream),
    "library": lambda: parameters(RealtimeWhisperProcessor),
    "page": page_query,
}


@pytest.mark.parametrize("door", Doors)
def test_an_interface_offers_the_options_of_the_table(door: Door) -> None:
    assert SHOWN[door]() & NAMES == set(offered_at(door))


def described(field: FieldInfo) -> dict[str, object]:
    return {
        key: getattr(constraint, key)
        for constraint in field.metadata
        for key in ("ge", "le", "max_length")
        if hasattr(constraint, key)
    }


@pytest.mark.parametrize(
    ("made", "door", "looser"),
    [
        # 0 and `auto` leave the choice to the model; a list of keywords is joined later.
        (StreamKnobs.model_fields, "setting", {"language", "beam_size"}),
        (FileFields.model_fields, "files", set()),
        (OpenAIFields.model_fields, "openai", {"keywords"}),
    ],
    ids=["settings", "files", "openai"],
)
def test_fields_have_the_bounds_and_defaults_of_the_table(
    made: Mapping[str, FieldInfo], door: Door, looser: set[str]
) -> None:
    for name, option in offered_at(door).items():
        if name not in looser:
            assert described(made[name]) == option.bounds, name
            assert made[name].default == option.default, name


@pytest.mark.parametrize("kind", [FileFields, OpenAIFields])
def test_the_openapi_document_says_what_the_table_says(
    kind: type[FileFields] | type[OpenAIFields],
) -> None:
    door: Door = "files" if kind is FileFields else "openai"
    properties = kind.model_json_schema()["properties"]
    for name, option in offered_at(door).items():
        if name != "keywords":  # OpenAI's field has a meaning of its own
            assert properties[name]["description"].startswith(option.meaning[0]), name


def test_the_client_may_change_what_a_stream_may_change() -> None:
    assert parameters(LiveStream.change) - {"self"} == CHANGEABLE


def test_jobs_that_are_done_elsewhere_carry_every_option_of_files() -> None:
    assert set(offered_at("files")) <= set(FIELDS)
    # Remembered voices belong to an owner, and the other server only sees this server's key.
    assert set(FIELDS) == set(FileFields.model_fields) - {"backend", "known_voices"}


def test_the_page_knows_the_tasks_and_presets() -> None:
    script = (ROOT / "web/js/live/options.js").read_text(encoding="utf-8")
    [presets] = re.findall(r"^export const PRESETS = \[(.*)\];$", script, re.M)
    assert re.findall(r'"([\w-]+)"', presets) == list(PRESETS)
    [tasks] = re.findall(r"^const \[ORIGINAL, BOTH, TRANSLATION\] = \[(.*)\];$", script, re.M)
    assert set(re.findall(r'"(\w+)"', tasks)) - {"both"} == set(TASKS)
    files = (ROOT / "web/js/files/wishes.js").read_text(encoding="utf-8")
    [letters] = re.findall(r"^const MOST_LETTERS = (\d+);$", files, re.M)
    assert int(letters) <= MAX_TEXT
