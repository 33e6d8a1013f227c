"""The options of a stream, checked against what this server and its model can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from realtime.engine.engine import Engine
from realtime.errors import UnknownModel
from realtime.live.options import decode_options
from realtime.speakers.voices import Voices
from realtime.wire.config import StreamConfig, parse_change, parse_config, without

NO_CONTEXT = "This model does not accept text as context: prompt and hotwords are ignored."
NO_PARTIALS = "This model returns no partials: each utterance is sent once it has ended."
NO_WORD_TIMES = "This model does not return the times of words: they are estimated."

SHORTFALLS: Mapping[str, tuple[str, ...]] = {
    "speakers_off": ("diarize",),
    "context_off": ("prompt", "hotwords"),
    "partials_off": ("partials",),
    "word_times_estimated": (),
}
"""Code of a warning → the options that are ignored then."""


class Configurator:
    """Reads the options in queries and `start` messages.

    An option that cannot be fulfilled is refused, unless a transcript is possible without it: then
    it is left out, named in `StreamConfig.ignored`, and reported in a warning (`shortfalls`).
    """

    def __init__(
        self,
        defaults: Callable[[], StreamConfig],
        engine: Engine,
        voices: Voices,
    ) -> None:
        """`defaults`: options of a stream whose client sets none; they depend on the model.
        `engine` knows what the model can do, `voices` whether speakers can be told apart."""
        self._defaults = defaults
        self._engine = engine
        self._voices = voices

    def new(self, values: Mapping[str, object], base: StreamConfig | None = None) -> StreamConfig:
        """Options of a new stream; `base`: those it already has. Raises BadOption, UnknownModel."""
        config = parse_config(values, self._defaults(), base)
        available = self._engine.model_names()
        if config.model is not None and config.model not in available:
            raise UnknownModel(
                f"There is no model {config.model[:100]!r} here: leave `model` out or use "
                + ", ".join(available)
                + ".",
                field="model",
                available=list(available),
            )
        return self._fitted(config)

    def change(self, values: Mapping[str, object], config: StreamConfig) -> StreamConfig:
        """The options after a later `start`. Raises BadOption."""
        return self._fitted(parse_change(values, config))

    def shortfalls(self, config: StreamConfig) -> dict[str, str]:
        """What the client asked for but does not get: code of the warning → reason."""
        traits, found = self._engine.traits, dict[str, str]()

        def requested(*keys: str) -> bool:
            return any(getattr(config, key) or key in config.ignored for key in keys)

        if requested("diarize") and (reason := self._voices.problem):
            found["speakers_off"] = reason
        if requested("prompt", "hotwords") and not traits.context_text:
            found["context_off"] = NO_CONTEXT
        if "partials" in config.explicit and requested("partials") and not traits.partials:
            found["partials_off"] = NO_PARTIALS
        if config.words and not traits.word_times:
            found["word_times_estimated"] = NO_WORD_TIMES
        return found

    def _fitted(self, config: StreamConfig) -> StreamConfig:
        """The options without those that this model cannot fulfil. Raises BadOption."""
        self._engine.traits.check(decode_options(config))
        found = self.shortfalls(config)
        return without(config, (key for code in found for key in SHORTFALLS[code]))
