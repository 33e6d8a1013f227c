"""`Knob`, the description of a setting for people, and the types that several settings share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from realtime.wire.option import Option

ENV_PREFIX = "STT_"
RENAMED = {"api_url": "url"}
"""Settings whose flag has the name that other commands use for the same thing. The flag with the
field's own name still works, but is not shown."""


@dataclass(frozen=True, slots=True)
class Knob:
    """The description of a setting for people; part of the field's annotation."""

    help: str
    help_ko: str
    unit: str = ""
    default: str = ""
    """Text for the default, where the plain value would not explain enough."""
    allowed: str = ""
    """Text after `it must be …`, where the type and its bounds would not explain enough."""


def described(option: Option[Any]) -> Knob:
    """The knob for the default of a stream's option."""
    return Knob(*option.meaning, unit=option.unit)


def split_commas(value: object) -> object:
    """`a, b` → ("a", "b"), so that lists fit into one flag or one environment variable."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_commas)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(split_commas)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def flag(name: str) -> str:
    """`max_sessions` → `--max-sessions`."""
    return "--" + RENAMED.get(name, name).replace("_", "-")


def hidden_flag(name: str) -> str:
    """`api_url` → `--api-url`; empty where the shown flag has the field's name."""
    return "--" + name.replace("_", "-") if name in RENAMED else ""


def variable(name: str) -> str:
    """`max_sessions` → `STT_MAX_SESSIONS`."""
    return ENV_PREFIX + name.upper()
