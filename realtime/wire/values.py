"""The kinds of values that options take, read from a query's string or from JSON.

Each kind reads a value under its option's key, raises `BadOption` where it is not valid, and
describes valid values as JSON Schema.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from realtime.errors import BadOption
from realtime.languages import ALLOWED, SEVERAL_ALLOWED, language_code, language_codes

MAX_TEXT = 4000  # characters of prompt or hotwords: more than a model can take (224 tokens)
MAX_NAME = 1_024  # characters of a model's name, a token, a session id

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SESSION = re.compile(r"[A-Za-z0-9._~=-]+", re.ASCII)
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})

Value = TypeVar("Value", covariant=True)
Known = TypeVar("Known", bound=str)


class ValueKind(Protocol[Value]):
    """A kind of values that an option takes."""

    def read(self, key: str, value: object) -> Value: ...

    @property
    def schema(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Seconds:
    """Durations in seconds, `low` … `high`."""

    low: float
    high: float

    def read(self, key: str, value: object) -> float:
        allowed = f"a number of seconds from {self.low:g} to {self.high:g}"
        limits = f"{self.low:g} … {self.high:g}"
        number = _number(key, value, allowed, limits)
        if not self.low <= number <= self.high:
            raise _refused(key, value, allowed, range=limits)
        return number

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Whole:
    """Whole numbers, `low` … `high`."""

    low: int
    high: int
    unit: str = ""
    """Such as Hz; empty for counts."""

    def read(self, key: str, value: object) -> int:
        of = f" of {self.unit}" if self.unit else ""
        allowed = f"a whole number{of} from {self.low} to {self.high}"
        limits = f"{self.low} … {self.high}"
        number = _number(key, value, allowed, limits)
        if not number.is_integer() or not self.low <= number <= self.high:
            raise _refused(key, value, allowed, range=limits)
        return int(number)

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Choice(Generic[Known]):
    """One name out of a few, in any letter case."""

    names: tuple[Known, ...]

    def read(self, key: str, value: object) -> Known:
        text = value.strip().lower() if isinstance(value, str) else ""
        for name in self.names:
            if name == text:
                return name
        allowed = f"{', '.join(self.names[:-1])} or {self.names[-1]}"
        raise _refused(key, value, allowed, choices=", ".join(self.names))

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"enum": list(self.names)}


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean: JSON's own, 1 and 0, or a word for it."""

    def read(self, key: str, value: object) -> bool:
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise _refused(key, value, "true or false", choices="true, false")

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Text:
    """Free text for the model; invalid Unicode in it is replaced."""

    def read(self, key: str, value: object) -> str:
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise _refused(key, value, f"text of at most {MAX_TEXT} characters")
        return value.encode("utf-8", "replace").decode("utf-8").strip()

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "maxLength": MAX_TEXT}


@dataclass(frozen=True, slots=True)
class Name:
    """A short text that must not be empty."""

    def read(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME:
            raise _refused(key, value, f"a text of 1 to {MAX_NAME} characters")
        return value.encode("utf-8", "replace").decode("utf-8").strip()

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "pattern": r"\S", "maxLength": MAX_NAME}


@dataclass(frozen=True, slots=True)
class Secret:
    """A short text that no error ever repeats."""

    def read(self, key: str, value: object) -> str:
        if not isinstance(value, str) or len(value) > MAX_NAME:
            raise BadOption(f"{key} must be a text of at most {MAX_NAME} characters.", field=key)
        return value

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "maxLength": MAX_NAME}


@dataclass(frozen=True, slots=True)
class SessionId:
    """A session id as `ready` gave it."""

    def read(self, key: str, value: object) -> str:
        name = Name().read(key, value)
        if not _SESSION.fullmatch(name):
            raise _refused(key, value, "the session id of an earlier ready message")
        return name

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "pattern": f"^{_SESSION.pattern}$", "maxLength": MAX_NAME}


@dataclass(frozen=True, slots=True)
class Language:
    """A language by any of its names, read as its code; None stands for `auto`."""

    def read(self, key: str, value: object) -> str | None:
        try:
            return language_code(value if isinstance(value, str) else "")
        except ValueError:
            raise _refused(key, value, ALLOWED) from None

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Languages:
    """Several languages, read as their codes; empty where one of them is `auto`."""

    def read(self, key: str, value: object) -> tuple[str, ...]:
        try:
            return language_codes(value)
        except ValueError:
            raise _refused(key, value, SEVERAL_ALLOWED) from None

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _number(key: str, value: object, allowed: str, limits: str) -> float:
    """A finite number, from JSON or from a string of plain ASCII digits. `limits`:
    for the error."""
    if isinstance(value, str) and len(value) <= 32 and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(key, value, allowed, range=limits)
    if isinstance(value, int) and abs(value) > 2**53:
        raise _refused(key, value, allowed, range=limits)
    if not math.isfinite(value):
        raise _refused(key, value, allowed, range=limits)
    return float(value)


def _refused(key: str, value: object, allowed: str, **valid: str) -> BadOption:
    """The error for a value. `valid`: `choices` or `range`, for sentences in other languages."""
    error = BadOption(f"{key} must be {allowed}, not {_shown(value)}.", field=key)
    error.hints = valid
    return error


def _shown(value: object) -> str:
    """A value as an error message may quote it: short, one line, valid UTF-8."""
    text = value if isinstance(value, str) else type(value).__name__
    if isinstance(value, int | float):
        text = f"{value:g}" if abs(value) < 1e300 else "a number that large"
    text = text[:40] + ("…" if len(text) > 40 else "")
    return ascii(text) if not text.isprintable() or not text else f"'{text}'"
