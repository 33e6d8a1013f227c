"""What a knob is: the words people read about a setting, and the types that several share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from realtime.wire.option import Option

ENV_PREFIX = "STT_"
RENAMED = {"api_url": "url"}
"""Settings whose flag has the name that other commands have for the same thing. The one by the
field's own name stays, but is not shown."""


@dataclass(frozen=True, slots=True)
class Knob:
    """What people read about a setting. Sits in the field's annotation."""

    help: str
    help_ko: str
    unit: str = ""
    default: str = ""
    """How the default is written where the plain value would not say enough."""
    allowed: str = ""
    """What it may be, where the type and its bounds would not say enough: `it must be …`."""


def described(option: Option[Any]) -> Knob:
    """The knob that sets the default of a stream's option."""
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
