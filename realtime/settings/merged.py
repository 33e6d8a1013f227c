"""All settings in one validated object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, PrivateAttr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from realtime.settings.jobs import JobKnobs
from realtime.settings.knob import ENV_PREFIX, Knob
from realtime.settings.recognition import ModelKnobs, SpeakerKnobs, StreamKnobs
from realtime.settings.security import SecurityKnobs
from realtime.settings.serving import LimitKnobs, LoggingKnobs, NetworkKnobs
from realtime.settings.transcripts import CloudKnobs, FileKnobs, StepKnobs
from realtime.wire.options import MIN_ADVANCE_S

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})

GROUPS: Mapping[str, type[BaseModel]] = {
    "Network": NetworkKnobs,
    "Model": ModelKnobs,
    "Streams": StreamKnobs,
    "Speakers": SpeakerKnobs,
    "Files": FileKnobs,
    "Jobs": JobKnobs,
    "Cloud": CloudKnobs,
    "After the transcript": StepKnobs,
    "Limits": LimitKnobs,
    "Security": SecurityKnobs,
    "Logging": LoggingKnobs,
}
"""The groups, in the order of help texts and tables."""


class Settings(
    LoggingKnobs,
    SecurityKnobs,
    LimitKnobs,
    StepKnobs,
    CloudKnobs,
    JobKnobs,
    FileKnobs,
    SpeakerKnobs,
    StreamKnobs,
    ModelKnobs,
    NetworkKnobs,
    BaseSettings,
):
    """Validated values. `Settings(port=0)` uses arguments and defaults; `sources.load` merges all
    layers.

    Raises pydantic's ValidationError; `sources.load` converts it to one SetupError.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use arguments only: `load` merges the layers, since it records each value's origin."""
        return (init_settings,)

    @model_validator(mode="before")
    @classmethod
    def _open_with_keys(cls, values: Any) -> Any:
        """Without an explicit host, listen on this machine only, unless clients need keys."""
        if not isinstance(values, Mapping) or "host" in values:
            return values
        if values.get("api_keys") or values.get("keys_file"):
            return {**values, "host": "0.0.0.0"}
        return values

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Refuse combinations that cannot work or that would surprise."""
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("The settings tls_cert and tls_key go together: set both or none")
        if self.chunk_duration - self.overlap_duration < MIN_ADVANCE_S:
            raise ValueError(
                f"The setting chunk_duration must exceed overlap_duration by {MIN_ADVANCE_S:g} s"
            )
        if self.host not in LOOPBACK_HOSTS and not self.needs_key and not self.insecure:
            raise ValueError(
                f"The host {self.host} lets other machines in, but no api_keys are set: set them "
                "(STT_API_KEYS) or a file of them (STT_KEYS_FILE), or set insecure (--insecure) if "
                "the network is trusted"
            )
        return self

    @property
    def needs_key(self) -> bool:
        """Whether a client must show a key."""
        return bool(self.api_keys) or self.keys_file is not None

    def origins(self) -> dict[str, str]:
        """Name → `flag --port`, `environment STT_PORT`, `file X` or `default`."""
        return {name: self._origins.get(name, "default") for name in type(self).model_fields}

    def with_origins(self, origins: Mapping[str, str]) -> Self:
        """This object, with the origins of its values stored (names without an entry: default)."""
        self._origins.update(origins)
        return self


def knob(name: str) -> Knob:
    """The description of the field `name`. Raises KeyError for an unknown name."""
    for item in Settings.model_fields[name].metadata:
        if isinstance(item, Knob):
            return item
    raise KeyError(name)
