"""The JSON Schema of the live protocol as published, and a strict form of it for the tests."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from tests.readme import SCHEMA

FOLDER = SCHEMA.parent


@cache
def schema() -> dict[str, Any]:
    """Load the published schema."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def definition(name: str) -> dict[str, Any]:
    """One of the schema's `$defs`."""
    found: dict[str, Any] = schema()["$defs"][name]
    return found


@cache
def validator(name: str, *, strict: bool = False) -> jsonschema_rs.Draft202012Validator:
    """Build a validator for one of the schema's `$defs`. `strict` also rejects keys that the schema
    does not describe: a client must accept them (later servers may send more), a test must not."""
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
