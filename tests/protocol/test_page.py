"""The page about the live protocol covers everything in the schema and in the server."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime.errors import RealtimeError
from realtime.live.configure import SHORTFALLS
from tests.protocol.schema import definition, schema
from tests.readme import DOCS, ROOT

PAGES = (DOCS / "protocol.md", DOCS / "protocol.ko.md")
SERVING = ("live", "server")
"""Folders of the package with the code that serves live clients."""


def calls(method: str, position: int = 0) -> Iterator[str]:
    """The arguments at `position` in all calls of a method or function of this name, as far as they
    are string literals."""
    for folder in SERVING:
        for path in sorted((ROOT / "realtime" / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Attribute(attr=name) | ast.Name(id=name), args=given
                    ) if name == method:
                        match given[position : position + 1]:
                            case [ast.Constant(value=str(text))]:
                                yield text


def codes(kind: type[RealtimeError] = RealtimeError) -> set[int]:
    return {kind.close_code}.union(*(codes(below) for below in kind.__subclasses__()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_message_and_code_is_on_the_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rows = "\n".join(line.partition(" | ")[0] for line in text.splitlines() if line[:1] == "|")
    for option in definition("options")["properties"]:
        assert f"`{option}`" in rows, option
    groups = (schema()["$defs"][group] for group in ("client_message", "server_message"))
    for group in groups:
        for item in group.get("anyOf", group.get("oneOf")):
            message: dict[str, Any] = definition(item["$ref"].rpartition("/")[2])
            kind = message.get("properties", {}).get("type", {}).get("const", "")
            assert f"`{kind}`" in text or not kind, kind
    for code in definition("warning")["properties"]["code"]["enum"]:
        assert f"`{code}`" in rows, code
    for close_code in codes():
        assert f"| {close_code} |" in text, close_code


def test_the_schema_has_every_warning_that_the_server_gives() -> None:
    told = {*calls("warn"), *SHORTFALLS}
    assert told == set(definition("warning")["properties"]["code"]["enum"])


def test_the_schema_has_every_reason_for_an_end() -> None:
    reasons = set(definition("end_of_stream")["properties"]["reason"]["enum"])
    assert {*calls("finish"), *calls("end_of", 1)} == reasons
