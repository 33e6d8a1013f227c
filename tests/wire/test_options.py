"""The table of options is complete, in both languages, and is the source of the parsed options."""

from __future__ import annotations

import dataclasses
import typing

import jsonschema_rs
import pytest

from realtime.types import Task
from realtime.wire.config import StreamConfig
from realtime.wire.option import Option
from realtime.wire.options import BEAM, CHUNK, OPTIONS, PRESETS, PROMPT, RATE, TASKS, offered_at
from realtime.wire.values import Flag

OF_THE_REQUEST = {"ignored", "explicit"}
"""Fields of the parsed options that record how the client requested them."""


def test_the_parsed_options_are_those_of_the_table_with_its_defaults() -> None:
    fields = [f for f in dataclasses.fields(StreamConfig) if f.name not in OF_THE_REQUEST]
    assert [field.name for field in fields] == list(OPTIONS)
    assert {field.name: field.default for field in fields} == {
        name: option.default for name, option in OPTIONS.items()
    }


@pytest.mark.parametrize("option", OPTIONS.values(), ids=list(OPTIONS))
def test_every_option_says_what_it_means_in_both_languages(option: Option[object]) -> None:
    english, korean = option.meaning
    assert english.isascii()
    assert english.endswith(".")
    assert any("가" <= letter <= "힣" for letter in korean)
    assert korean.endswith(".")


@pytest.mark.parametrize("option", OPTIONS.values(), ids=list(OPTIONS))
def test_every_default_is_a_valid_value(option: Option[object]) -> None:
    schema = jsonschema_rs.Draft202012Validator(dict(option.kind.schema))
    if option.default not in (None, ()):
        assert option.kind.read(option.name, option.default) == option.default
        assert schema.is_valid(option.default)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_value_of_a_preset_is_valid(preset: str) -> None:
    for name, value in PRESETS[preset].items():
        assert OPTIONS[name].kind.read(name, value) == value


def test_tasks_are_those_of_the_models() -> None:
    assert typing.get_args(Task) == TASKS


def test_bounds_and_units_are_those_of_the_kind() -> None:
    assert (CHUNK.bounds, CHUNK.unit) == ({"ge": 2, "le": 28}, "s")
    assert (RATE.bounds, RATE.unit) == ({"ge": 8_000, "le": 192_000}, "Hz")
    assert (BEAM.bounds, BEAM.unit) == ({"ge": 1, "le": 10}, "")
    assert (PROMPT.bounds, PROMPT.unit) == ({"max_length": 4_000}, "")


def test_an_interface_may_rename_an_option() -> None:
    option = Option("new", Flag(), False, ("New.", "새."), at=("page",), renamed={"files": "old"})
    assert option.doors == {"page": "new", "files": "old"}
    assert offered_at("files")["word_timestamps"] is OPTIONS["words"]
    assert "session" not in offered_at("client")
