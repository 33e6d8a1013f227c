"""Options of a run: the keys of its YAML file, each of which is also a flag."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from realtime.errors import SetupError, broken_rule
from realtime.languages import AUTO, language_code

CONFIG_VARIABLE = "CONFIG_PATH"
HTTP_URL, HTTP_ENDPOINT = "http://localhost:8003", "/v1/audio/transcriptions"
WEBSOCKET_URL, WEBSOCKET_ENDPOINT = "ws://localhost:8765", "/"

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ApiOptions(BaseModel):
    """Where the requests go."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = HTTP_URL
    endpoint: str = HTTP_ENDPOINT
    api_key: SecretStr | None = None
    mode: Literal["http", "websocket"] = "http"
    model: str = "whisper-1"
    """OpenAI's field; sent only to endpoints below /v1."""

    @model_validator(mode="after")
    def _by_mode(self) -> Self:
        """In websocket mode, use the defaults of the live server, and ws:// instead of http://."""
        update: dict[str, str] = {}
        if self.mode == "websocket":
            if "base_url" not in self.model_fields_set:
                update["base_url"] = WEBSOCKET_URL
            elif self.base_url.startswith("http"):
                update["base_url"] = "ws" + self.base_url.removeprefix("http")
            if "endpoint" not in self.model_fields_set:
                update["endpoint"] = WEBSOCKET_ENDPOINT
        return self.model_copy(update=update) if update else self

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.base_url.rstrip('/')}/{self.endpoint.lstrip('/')}"


class Options(BaseModel):
    """Options of one run. Unknown keys are refused, so that a typo does not mean a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    total_requests: Count = 100
    """In websocket mode: whole streams, from the first to the last word."""
    warmup_requests: Annotated[int, Field(ge=0, le=100_000)] = 10
    """Sent first and not counted, since a cold server is slower."""
    concurrent_requests: Annotated[int, Field(ge=1, le=10_000)] = 5
    request_delay: Seconds = 0.0
    """Pause in s between an answer and the next request of the same slot."""
    audio_duration: Annotated[float, Field(gt=0, le=7200, allow_inf_nan=False)] = 10.0
    """Length of the audio of each request in s."""
    sample_rate: Annotated[int, Field(ge=8000, le=48_000)] = 16_000
    """Hz, of the audio that is sent."""
    audio_source: str = "speech"
    """`random` (noise and tones), `speech` (new synthetic sentences), or a folder of recordings."""
    language: Annotated[str, AfterValidator(lambda value: language_code(value) or AUTO)] = "ko"
    """Language of the speech, which is also sent to the server; en or ko for `speech`."""
    seed: int | None = None
    """Equal seeds give equal audio; None: a random seed, so that no cache of an earlier run
    helps."""
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 300.0
    """s, after which a request counts as failed."""
    api: ApiOptions = ApiOptions()
    save_path: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values for the results, without the key."""
        values = self.model_dump(mode="json")
        if self.api.api_key is not None:
            values["api"]["api_key"] = "***"
        return values


API_KEYS = frozenset(ApiOptions.model_fields)
"""Flags that belong below `api:` in the file."""
FLAGS = {"base_url": "url", "api_key": "token"}
"""Keys whose flags have the names that all commands of `realtime` share."""


def read(config: Path | None, flags: Mapping[str, object]) -> Options:
    """The options from the file (`config`, else `CONFIG_PATH`, else none), overridden by the flags.

    `flags`: key → value, None where not given. Raises SetupError with a sentence for each mistake.
    """
    if config is None and (named := os.environ.get(CONFIG_VARIABLE)):
        config = Path(named)
    values = {} if config is None else _file(config)
    api = values.get("api")
    merged = dict(api) if isinstance(api, Mapping) else {}
    for key, value in flags.items():
        if value is not None:
            (merged if key in API_KEYS else values)[key] = value
    if merged:
        values["api"] = merged
    try:
        return Options.model_validate(values)
    except ValidationError as error:
        raise SetupError("\n".join(_sentence(item, config) for item in error.errors())) from None


def _file(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(
            f"The file {path} cannot be read ({error.strerror}): correct --config or "
            f"{CONFIG_VARIABLE}."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SetupError(f"The file {path} is not valid YAML: {error}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SetupError(f"The file {path} must hold keys and values, such as total_requests: 100.")
    return values


def _sentence(item: Any, config: Path | None) -> str:
    name = ".".join(map(str, item["loc"]))
    where = f" in {config}" if config else ""
    if item["type"] == "extra_forbidden":
        known = ", ".join((*Options.model_fields, *(f"api.{key}" for key in sorted(API_KEYS))))
        return f"There is no key {name}{where}: the keys are {known}."
    key = str(item["loc"][-1])
    flag = "--" + FLAGS.get(key, key).replace("_", "-")
    return f"The value of {name}{where} ({flag}) is not allowed: {broken_rule(item)}."
