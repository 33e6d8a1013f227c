"""The JSON Schema of the live protocol, as clients get it and as the tests want it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from tests.readme import SCHEMA

FOLDER = SCHEMA.parent


@cache
def schema() -> dict[str, Any]:
    """The file."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def definition(name: str) -> dict[str, Any]:
    """One of its `$defs`."""
    found: dict[str, Any] = schema()["$defs"][name]
    return found


@cache
def validator(name: str, *, strict: bool = False) -> jsonschema_rs.Draft202012Validator:
    """Of one of its `$defs`. `strict`: keys that it does not describe are refused, too, which a
    client must not do (later servers may send more), and a test must."""
    base = _closed(schema()) if strict else schema()
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": base["$defs"]})


def _closed(value: Any) -> Any:
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    closed = {key: _closed(item) for key, item in value.items()}
    if "properties" in value and isinstance(value.get("required"), list) and "allOf" not in value:
        closed["additionalProperties"] = False
    return closed
