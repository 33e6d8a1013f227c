"""Encodings, output formats and defaults are defined in one place; copies are compared with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest

from realtime.encodings import ENCODINGS, SAMPLE_BYTES
from realtime.files.documents.export import KINDS
from realtime.files.formats import FORMATS, MEDIA_TYPES
from realtime.jobs.maintenance import JobMaintenanceOptions
from realtime.jobs.runner import RunnerOptions
from realtime.server.admission import AdmissionOptions
from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.server import ServerOptions
from realtime.settings import Settings
from tests.readme import ROOT

ENOUGH = 3
"""A list with this many of the names counts as a list of all of them."""
PLACES: Mapping[str, tuple[frozenset[str], set[str]]] = {
    "encodings": (frozenset(SAMPLE_BYTES), {"encodings.py"}),
    # The list of `/v1` with `srt`, `verbose_json` … is OpenAI's, not ours.
    "formats": (frozenset(FORMATS) - {"json"}, {"files/formats.py"}),
}


def lists(source: str) -> Iterator[set[str]]:
    """The strings in every tuple, list, set, `Literal` and in the keys of every dict."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                pass
            case ast.Dict(keys=keys):
                items = [key for key in keys if key is not None]
            case _:
                continue
        yield {
            item.value
            for item in items
            if isinstance(item, ast.Constant) and isinstance(item.value, str)
        }


def holds_a_list(source: str, names: frozenset[str]) -> bool:
    return any(len(found & names) >= ENOUGH for found in lists(source))


@pytest.mark.parametrize("what", PLACES)
def test_names_are_listed_in_one_place(what: str) -> None:
    names, places = PLACES[what]
    package = ROOT / "realtime"
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if holds_a_list(path.read_text(encoding="utf-8"), names)
    }
    assert found == places


def test_a_second_list_is_found() -> None:
    names = frozenset(SAMPLE_BYTES)
    assert holds_a_list('Encoding = Literal["f32le", "s16le", "alaw"]', names)
    assert holds_a_list('SIZES = {"f32le": 4, "s16le": 2, "alaw": 1}', names)
    assert not holds_a_list('if encoding in ("f32le", "s16le"): pass', names)


def test_the_lists_agree() -> None:
    assert set(ENCODINGS) == {*SAMPLE_BYTES, "auto"}
    assert set(MEDIA_TYPES) == set(FORMATS)


def test_the_page_offers_every_kind_of_file() -> None:
    script = (ROOT / "web" / "js" / "formats.js").read_text(encoding="utf-8")
    [listed] = re.findall(r"^export const FORMATS = \{$(.*?)^\};$", script, re.M | re.S)
    assert set(re.findall(r"^  (\w+): \{", listed, re.M)) == set(KINDS)


@pytest.mark.parametrize(
    "options",
    [
        *(AdmissionOptions(), ConnectionOptions(), JobMaintenanceOptions(), RunnerOptions()),
        ServerOptions(),
    ],
    ids=lambda options: type(options).__name__,
)
def test_a_default_of_what_settings_decide_is_that_of_the_setting(options: Any) -> None:
    settings = Settings.model_fields
    shared = [field.name for field in fields(options) if field.name in settings]
    assert shared
    assert {name: getattr(options, name) for name in shared} == {
        name: settings[name].default for name in shared
    }


def test_the_budget_of_finals_is_one_number() -> None:
    found = [
        path.name
        for path in (ROOT / "realtime").rglob("*.py")
        if re.search(r"final_budget_s\b.*= ", path.read_text(encoding="utf-8"))
    ]
    assert found == ["options.py"]
