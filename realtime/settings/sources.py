"""Merges flags > environment > TOML file > defaults, and records each value's origin."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import annotated_types
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource

from realtime.errors import SetupError
from realtime.settings.knob import ENV_PREFIX, flag, variable
from realtime.settings.merged import Settings, knob
from realtime.settings.table import choices

CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"
DEFAULT_CONFIG = Path("realtime.toml")
CLIENT_VARIABLES = frozenset({ENV_PREFIX + "URL", ENV_PREFIX + "TOKEN"})
"""Variables of `realtime stream` and `mic`, which are not settings of the server."""
_NUMBERS: Mapping[Any, str] = {int: "a whole number", float: "a number"}


def load(flags: Mapping[str, object] | None = None, config: Path | None = None) -> Settings:
    """Merge all layers.

    `flags`: field name → value as typed on the command line; None means not given.
    `config`: the TOML file; None: `STT_CONFIG`, else `./realtime.toml` if there is one.
    Raises SetupError with one sentence for each bad value: where it is set and what is allowed.
    """
    path = _config_path(config)
    layers: list[tuple[str, dict[str, Any]]] = []
    if path is not None:
        layers.append((f"file {path}", _read_file(path)))
    layers.append(("environment", EnvSettingsSource(Settings, env_ignore_empty=True)()))
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    layers.append(("flag", given))

    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for name, value in layer.items():
            values[name] = value
            origins[name] = _origin(origin, name)
    try:
        return Settings(**values).with_origins(origins)
    except ValidationError as error:
        sentences = [_sentence(detail, origins) for detail in error.errors()]
        raise SetupError("\n".join(sentences)) from None


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Unknown variables with our prefix, each with the nearest known name: likely typos."""
    known = (
        {variable(name) for name in Settings.model_fields} | {CONFIG_VARIABLE} | CLIENT_VARIABLES
    )
    mistaken = sorted(
        name for name in environment if name.startswith(ENV_PREFIX) and name not in known
    )
    return [name + _did_you_mean(name, known) for name in mistaken]


def _config_path(config: Path | None) -> Path | None:
    """The file to read: the flag's, the environment's, or the default one where it exists."""
    if config is None and (named := os.environ.get(CONFIG_VARIABLE)):
        config = Path(named)
    if config is None:
        return DEFAULT_CONFIG if DEFAULT_CONFIG.is_file() else None
    if not config.is_file():
        what = "is not a file:" if config.exists() else "does not exist: create it, or"
        raise SetupError(f"The settings file {config} {what} correct --config / {CONFIG_VARIABLE}.")
    return config


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return TomlConfigSettingsSource(Settings, toml_file=path)()
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"The settings file {path} is not valid TOML: {error}.") from None
    except UnicodeDecodeError:
        raise SetupError(f"The settings file {path} is not UTF-8 text: save it as UTF-8.") from None
    except OSError as error:
        raise SetupError(f"The settings file {path} cannot be read: {error.strerror}.") from None


def _origin(layer: str, name: str) -> str:
    if layer == "flag":
        return f"flag {flag(name)}"
    if layer == "environment":
        return f"environment {variable(name)}"
    return layer


def _sentence(detail: ErrorDetails, origins: Mapping[str, str]) -> str:
    """One validation error as one sentence. Never shows a secret's value."""
    if not detail["loc"]:  # a rule about several fields
        return f"{detail['ctx']['error']}."
    name = str(detail["loc"][0])
    if name not in Settings.model_fields:
        near = _did_you_mean(name, Settings.model_fields)
        return f"There is no setting {name!r} ({origins[name]}){near}."
    places = f"{flag(name)}, {variable(name)} or {name} in the settings file"
    index = detail["loc"][-1]
    entry = f", entry {index + 1}" if isinstance(index, int) else ""
    return (
        f"The value of {name} ({origins[name]}{entry}) is not allowed: "
        f"it must be {allowed(name)}. Set it by {places}."
    )


def allowed(name: str) -> str:
    """The allowed values of a field in words: `a whole number of at least 0 and at most 65535`."""
    if knob(name).allowed:
        return knob(name).allowed
    if words := choices(name):
        return "one of " + ", ".join(words)
    field = Settings.model_fields[name]
    if field.annotation not in _NUMBERS:
        return "true or false" if field.annotation is bool else "given, not empty"
    bounds = []
    for rule in field.metadata:
        if isinstance(rule, annotated_types.Ge):
            bounds.append(f"of at least {rule.ge}")
        elif isinstance(rule, annotated_types.Gt):
            bounds.append(f"above {rule.gt}")
        elif isinstance(rule, annotated_types.Le):
            bounds.append(f"at most {rule.le}")
    unit = f" {knob(name).unit}" if knob(name).unit else ""
    return f"{_NUMBERS[field.annotation]} {' and '.join(bounds)}{unit}"


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f": did you mean {near[0]}" if near else ""
