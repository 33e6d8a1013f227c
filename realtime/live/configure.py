"""The options of a stream, checked against what this server can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from realtime.errors import UnknownModel
from realtime.live.options import decode_options
from realtime.types import DecodeOptions
from realtime.wire.config import (
    StreamConfig,
    parse_change,
    parse_config,
    without_speakers,
)


class Configurator:
    """Reads options of queries and `start` messages."""

    def __init__(
        self,
        defaults: Callable[[], StreamConfig],
        models: Callable[[], tuple[str, ...]],
        check: Callable[[DecodeOptions], None],
        speakers: Callable[[], str] = str,
    ) -> None:
        """`models`: names that a stream may ask for. `check`: raises BadOption for what the model
        cannot do, such as a language that it lacks. `speakers`: why speakers cannot be told apart;
        empty where they can."""
        self._defaults = defaults
        self._models = models
        self._check = check
        self._speakers = speakers

    def new(self, values: Mapping[str, object], base: StreamConfig | None = None) -> StreamConfig:
        """Options of a new stream; `base`: what it has already. Raises BadOption, UnknownModel."""
        config = parse_config(values, self._defaults(), base)
        available = self._models()
        if config.model is not None and config.model not in available:
            raise UnknownModel(
                f"There is no model {config.model[:100]!r} here: leave `model` out or use "
                + ", ".join(available)
                + ".",
                field="model",
                available=list(available),
            )
        self._check(decode_options(config))
        return without_speakers(config) if self.speakers_off(config) else config

    def speakers_off(self, config: StreamConfig) -> str:
        """Why nobody will be told apart though the client asked for it; empty: nothing is off."""
        return self._speakers() if config.diarize or "diarize" in config.ignored else ""

    def change(self, values: Mapping[str, object], config: StreamConfig) -> StreamConfig:
        """What a later `start` makes of the options. Raises BadOption."""
        changed = parse_change(values, config)
        self._check(decode_options(changed))
        return changed
