"""How the value of one option is read, from a query's string or from JSON.

Each reader takes the option's key and its value, and raises `BadOption` where that means nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable

from realtime.errors import BadOption
from realtime.languages import ALLOWED, SEVERAL_ALLOWED, language_code, language_codes

MAX_TEXT = 4000  # characters of prompt or hotwords: more than a model can hear (224 tokens)
MAX_NAME = 1_024  # characters of a model's name, a token, a session id

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SESSION = re.compile(r"[A-Za-z0-9._~=-]+", re.ASCII)
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def _shown(value: object) -> str:
    """A value as an error sentence may repeat it: short, one line, valid UTF-8."""
    text = value if isinstance(value, str) else type(value).__name__
    if isinstance(value, int | float):
        text = f"{value:g}" if abs(value) < 1e300 else "a number that large"
    text = text[:40] + ("…" if len(text) > 40 else "")
    return ascii(text) if not text.isprintable() or not text else f"'{text}'"


def _refused(key: str, value: object, allowed: str) -> BadOption:
    return BadOption(f"{key} must be {allowed}, not {_shown(value)}.", field=key)


def _number(key: str, value: object, allowed: str) -> float:
    """A finite number, from JSON or from a string of plain ASCII digits."""
    if isinstance(value, str) and len(value) <= 32 and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(key, value, allowed)
    if isinstance(value, int) and abs(value) > 2**53:
        raise _refused(key, value, allowed)
    if not math.isfinite(value):
        raise _refused(key, value, allowed)
    return float(value)


def seconds(low: float, high: float) -> Callable[[str, object], float]:
    """A reader of durations in seconds, `low` … `high`."""
    allowed = f"a number of seconds from {low:g} to {high:g}"

    def read(key: str, value: object) -> float:
        number = _number(key, value, allowed)
        if not low <= number <= high:
            raise _refused(key, value, allowed)
        return number

    return read


def whole(low: int, high: int, unit: str = "") -> Callable[[str, object], int]:
    """A reader of whole numbers, `low` … `high`."""
    allowed = f"a whole number{unit} from {low} to {high}"

    def read(key: str, value: object) -> int:
        number = _number(key, value, allowed)
        if not number.is_integer() or not low <= number <= high:
            raise _refused(key, value, allowed)
        return int(number)

    return read


def choice(names: Iterable[str]) -> Callable[[str, object], str]:
    """A reader of one name out of a few, in any letter case."""
    known = tuple(names)
    allowed = f"{', '.join(known[:-1])} or {known[-1]}"

    def read(key: str, value: object) -> str:
        name = value.strip().lower() if isinstance(value, str) else ""
        if name not in known:
            raise _refused(key, value, allowed)
        return name

    return read


def flag(key: str, value: object) -> bool:
    """A boolean: JSON's own, 1 and 0, or a word for it."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise _refused(key, value, "true or false")


def text(key: str, value: object) -> str:
    """Free text for the model; what is no valid Unicode in it is replaced."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _refused(key, value, f"text of at most {MAX_TEXT} characters")
    return value.encode("utf-8", "replace").decode("utf-8").strip()


def name(key: str, value: object) -> str:
    """A short text that must not be empty."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME:
        raise _refused(key, value, f"a text of 1 to {MAX_NAME} characters")
    return value.encode("utf-8", "replace").decode("utf-8").strip()


def secret(key: str, value: object) -> str:
    """Like `name`; an error never repeats the value."""
    if not isinstance(value, str) or len(value) > MAX_NAME:
        raise BadOption(f"{key} must be a text of at most {MAX_NAME} characters.", field=key)
    return value


def language(key: str, value: object) -> str | None:
    """The code of a language by whatever name; None stands for `auto`."""
    try:
        return language_code(value if isinstance(value, str) else "")
    except ValueError:
        raise _refused(key, value, ALLOWED) from None


def languages(key: str, value: object) -> tuple[str, ...]:
    """The codes of several; none where one of them is `auto`."""
    try:
        return language_codes(value)
    except ValueError:
        raise _refused(key, value, SEVERAL_ALLOWED) from None


def session(key: str, value: object) -> str:
    """A session id as `ready` gave it."""
    told = name(key, value)
    if not _SESSION.fullmatch(told):
        raise _refused(key, value, "the session id of an earlier ready message")
    return told
