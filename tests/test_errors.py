"""Which parts of an address errors, logs and `config show` reveal; what is wrong with a value."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from realtime.errors import SetupError, broken_rule, without_passwords


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:secret@host:6379/0", "redis://:***@host:6379/0"),
        ("postgresql://me:s%40cret@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:s@cr/et:@host/db", "postgresql://me:***@host/db"),
        ("postgresql://h/d?password=secret&a=1", "postgresql://h/d?password=***&a=1"),
        ("https://host/v1?api_key=secret", "https://host/v1?api_key=***"),
        ("https://host/v1?API-KEY=secret", "https://host/v1?API-KEY=***"),
        ("see http://a:b@one and http://c:d@two.", "see http://a:***@one and http://c:***@two."),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("http://host:8003/v1?monkey=1", "http://host:8003/v1?monkey=1"),
        ("http://[::1]:8003", "http://[::1]:8003"),
        ("token=not in an address", "token=not in an address"),
    ],
)
def test_passwords_are_masked(text: str, shown: str) -> None:
    assert without_passwords(text) == shown
    assert str(SetupError(text)) == SetupError(text).message == shown


class Point(BaseModel, extra="forbid"):
    across: int


def _refuse(value: str) -> str:
    raise ValueError(f"{value!r} is no language.")


@pytest.mark.parametrize(
    ("kind", "value", "clause"),
    [
        (int, "x", "it must be a whole number"),
        (int, 1.5, "it must be a whole number"),
        (float, "x", "it must be a number"),
        (Annotated[float, Field(allow_inf_nan=False)], float("nan"), "it must be a finite number"),
        (bool, "maybe", "it must be true or false"),
        (str, 5, "it must be text"),
        (Annotated[str, Field(max_length=2)], "abc", "it must have at most 2 characters"),
        (Annotated[str, Field(min_length=2)], "a", "it must have at least 2 characters"),
        (Annotated[str, Field(pattern="^A$")], "b", "it must match ^A$"),
        (Annotated[int, Field(ge=1)], 0, "it must be at least 1"),
        (Annotated[int, Field(gt=1)], 1, "it must be above 1"),
        (Annotated[int, Field(le=1)], 2, "it must be at most 1"),
        (Annotated[int, Field(lt=1)], 1, "it must be below 1"),
        (Literal["HTTP", "ws"], "x", "it must be 'HTTP' or 'ws'"),
        (list[int], 1, "it must be a list"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "it must have at most 1 entries"),
        (Annotated[list[int], Field(min_length=1)], [], "it must have at least 1 entries"),
        (Point, 5, "it must be an object of fields"),
        (Point, {}, "it is missing"),
        (Point, {"across": 1, "up": 1}, "there is no such field"),
        (Annotated[str, AfterValidator(_refuse)], "xx", "'xx' is no language"),
        (bytes, 5, "Input should be a valid bytes"),  # unknown kinds keep the library's words
    ],
)
def test_a_broken_rule_is_said_in_words_of_a_user(kind: Any, value: object, clause: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    assert broken_rule(refused.value.errors()[0]) == clause
