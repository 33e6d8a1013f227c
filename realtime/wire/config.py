"""The options of one stream, from a query string or a `start` message: same keys, all optional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from realtime.errors import BadOption
from realtime.types import SAMPLE_RATE, Task
from realtime.wire import options as table
from realtime.wire.option import Option
from realtime.wire.options import MIN_ADVANCE_S, OPTIONS, PRESETS
from realtime.wire.values import Text

CHANGEABLE: Final = frozenset(each.name for each in OPTIONS.values() if each.changeable)
"""Options that a later `start` may still change, from the next utterance on."""
DIARIZED_ENDPOINT_MS = 300
"""Default with `diarize`: people answer each other sooner than after the usual 500 ms, and a final
has one speaker (benchmarks/figures/speakers.md)."""
MAX_IGNORED = 32  # most unknown keys that `ready.ignored` lists


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """The checked options of one stream: the table with types. The defaults are those of the table;
    the server's settings may have others.

    Durations in seconds, `*_ms` in milliseconds.
    """

    encoding: str = table.ENCODING.default
    sample_rate: int | None = table.RATE.default
    """Hz; None: the client gave none (raw audio is then taken to have `rate`)."""
    channels: int = table.CHANNELS.default
    multichannel: bool = table.MULTICHANNEL.default
    diarize: bool = table.DIARIZE.default
    privacy: bool = table.PRIVACY.default
    language: str | None = table.LANGUAGE.default
    """ISO code; None: the model detects it."""
    languages: tuple[str, ...] = table.LANGUAGES.default
    """Candidates where the model detects the language; empty: all that it knows."""
    task: Task = table.TASK.default
    model: str | None = table.MODEL.default
    """None: the server's default."""
    prompt: str = table.PROMPT.default
    hotwords: str = table.HOTWORDS.default
    chunk_duration: float = table.CHUNK.default
    overlap_duration: float = table.OVERLAP.default
    hop: float = table.HOP.default
    endpoint_ms: int = table.ENDPOINT_MS.default
    endpoint: str = table.ENDPOINT.default
    preset: str | None = table.PRESET.default
    beam_size: int = table.BEAM.default
    vad: str = table.VAD.default
    words: bool = table.WORDS.default
    partials: bool = table.PARTIALS.default
    vad_events: bool = table.VAD_EVENTS.default
    idle_flush_ms: int = table.IDLE_FLUSH.default
    """0: never."""
    idle_close_ms: int = table.IDLE_CLOSE.default
    """0: never."""
    token: str | None = field(default=table.TOKEN.default, repr=False)
    session: str | None = table.SESSION.default
    """The session to resume; None: a new one."""
    voices_from: str | None = table.VOICES_FROM.default
    ignored: tuple[str, ...] = ()
    """Keys that the client sent but that have no effect here."""
    explicit: frozenset[str] = frozenset()
    """Keys that the client set itself; they win over a preset, whatever the order."""

    @property
    def sample_rate_given(self) -> bool:
        """Whether the client gave its sample rate."""
        return self.sample_rate is not None

    @property
    def rate(self) -> int:
        """Hz; 16,000 where the client gave none."""
        return self.sample_rate or SAMPLE_RATE


def parse_config(
    values: Mapping[str, object], defaults: StreamConfig, base: StreamConfig | None = None
) -> StreamConfig:
    """Check `values` (strings of a query, or the JSON values of a `start` message).

    `base`: options that the stream already has; keys set in it stay unless `values` sets them too.
    None counts as not given, and so does an empty value of what is no text, as in forms. Raises
    `BadOption` with `details["field"]`.
    """
    explicit: dict[str, Any] = {}
    ignored: list[str] = []
    if base is not None:
        explicit = {key: getattr(base, key) for key in base.explicit}
        ignored = list(base.ignored)
    for key, value in values.items():
        option = OPTIONS.get(key)
        if option is None:
            ignored.append(key)
        elif _is_given(option, value):
            explicit[key] = option.kind.read(key, value)
    if values.get("languages") and not values.get("language"):
        explicit.pop("language", None)  # candidates alone: the model detects it
    merged: dict[str, Any] = {name: getattr(defaults, name) for name in OPTIONS}
    if "preset" in explicit:
        merged |= PRESETS[explicit["preset"]]
    merged |= explicit
    if explicit.get("languages") and "language" not in explicit:
        merged["language"] = None
    _fit_overlap(merged, explicit="overlap_duration" in explicit)
    refuse_two_ways(multichannel=merged["multichannel"], diarize=merged["diarize"])
    if "endpoint_ms" in explicit:
        merged["endpoint"] = "fixed"
    elif merged["diarize"]:
        merged["endpoint_ms"] = min(merged["endpoint_ms"], DIARIZED_ENDPOINT_MS)
    return StreamConfig(**merged, ignored=_bounded(ignored), explicit=frozenset(explicit))


def parse_change(values: Mapping[str, object], config: StreamConfig) -> StreamConfig:
    """Apply a later `start`: only keys in `CHANGEABLE`; names of others go to `ignored`.

    Raises `BadOption` for a bad value of a changeable key.
    """
    changes: dict[str, Any] = {
        key: OPTIONS[key].kind.read(key, value)
        for key, value in values.items()
        if key in CHANGEABLE and _is_given(OPTIONS[key], value)
    }
    if changes.get("languages"):
        changes.setdefault("language", None)
    others = (key for key in values if key not in CHANGEABLE)
    return replace(
        config, **changes, ignored=_bounded(others), explicit=config.explicit | changes.keys()
    )


def without(config: StreamConfig, keys: Iterable[str]) -> StreamConfig:
    """The options without those of `keys` that are set, which are listed as ignored. `keys`: flags
    and texts, which are off where they are empty."""
    lacking = {key: type(getattr(config, key))() for key in keys if getattr(config, key)}
    if not lacking:
        return config
    return replace(config, **lacking, ignored=_bounded([*config.ignored, *lacking]))


def refuse_two_ways(*, multichannel: bool, diarize: bool) -> None:
    """Raise `BadOption` for both: speakers are distinguished either by channel or by voice."""
    if multichannel and diarize:
        raise BadOption(
            "multichannel and diarize cannot be combined: use multichannel where every speaker has "
            "a channel, otherwise diarize.",
            field="diarize",
        )


def _is_given(option: Option[Any], value: object) -> bool:
    """Whether a value says anything; an empty text is one, such as a prompt that is taken away."""
    return value is not None and (value != "" or isinstance(option.kind, Text))


def _fit_overlap(merged: dict[str, Any], *, explicit: bool) -> None:
    """Keep the overlap well below the chunk, so that every cut advances by `MIN_ADVANCE_S`."""
    most = merged["chunk_duration"] - MIN_ADVANCE_S
    if merged["overlap_duration"] <= most:
        return
    if explicit:
        raise BadOption(
            f"overlap_duration must be at least {MIN_ADVANCE_S:g} s less than chunk_duration, "
            f"here at most {most:g} s.",
            field="overlap_duration",
        )
    merged["overlap_duration"] = most


def _bounded(names: Iterable[str]) -> tuple[str, ...]:
    """Names for `ready.ignored`: each once, in order, shortened, at most `MAX_IGNORED`."""
    return tuple(dict.fromkeys(name[:64] for name in names))[:MAX_IGNORED]
