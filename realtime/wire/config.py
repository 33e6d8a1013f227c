"""The options of one stream: a query string or a `start` message, the same keys, all optional."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from realtime.encodings import ENCODINGS
from realtime.errors import BadOption
from realtime.types import SAMPLE_RATE, Task
from realtime.wire import values as read

TASKS: Final = ("transcribe", "translate")
ENDPOINTS: Final = ("fixed", "smart")
DETECTORS: Final = ("silero", "webrtc", "energy", "off")
PRESETS: Final[Mapping[str, Mapping[str, float]]] = {
    "low-latency": {"chunk_duration": 2.0, "overlap_duration": 0.2, "hop": 0.25, "beam_size": 1},
    "balanced": {"chunk_duration": 5.0, "overlap_duration": 0.5},
    "accuracy": {"chunk_duration": 10.0, "overlap_duration": 1.0, "beam_size": 5},
}
CHANGEABLE: Final = frozenset({"language", "languages", "task", "prompt", "hotwords", "words"})
"""What a later `start` may still change, for the next utterance."""

DIARIZED_ENDPOINT_MS = 300
"""With `diarize`, where the client says nothing else: people answer each other sooner than after
the usual 500 ms, and a final has one speaker (benchmarks/README.md, "Speakers")."""
MIN_ADVANCE_S = 1.0  # new audio between two cuts that no pause allowed
MAX_IGNORED = 32  # unknown keys that `ready.ignored` repeats at most


@dataclass(frozen=True, slots=True)
class StreamDefaults:
    """What a stream gets that asks for nothing; the server's settings may differ from these."""

    encoding: str = "f32le"
    channels: int = 1
    multichannel: bool = False
    diarize: bool = False
    privacy: bool = False
    language: str | None = None
    languages: tuple[str, ...] = ()
    task: Task = "transcribe"
    model: str | None = None
    prompt: str = ""
    hotwords: str = ""
    chunk_duration: float = 15.0
    overlap_duration: float = 1.0
    hop: float = 0.5
    endpoint_ms: int = 500
    endpoint: str = "fixed"
    beam_size: int = 1
    vad: str = "silero"
    words: bool = False
    partials: bool = True
    vad_events: bool = False
    idle_flush_ms: int = 2_000
    idle_close_ms: int = 0


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """The options of one stream, checked. Durations in seconds, `*_ms` in milliseconds."""

    encoding: str
    sample_rate: int | None
    """Hz; None: the client did not say (`rate` is then what raw audio is taken to be)."""
    channels: int
    multichannel: bool
    diarize: bool
    privacy: bool
    """Personal data are masked before anything is sent."""
    language: str | None
    """ISO code; None: the model says."""
    languages: tuple[str, ...]
    """Where the model says: what it may be; empty: whatever it knows."""
    task: Task
    model: str | None
    """None: the server's default."""
    prompt: str
    hotwords: str
    chunk_duration: float
    overlap_duration: float
    hop: float
    endpoint_ms: int
    endpoint: str
    """`smart`: what was said decides; `endpoint_ms` where it says nothing."""
    preset: str | None
    beam_size: int
    vad: str
    words: bool
    partials: bool
    vad_events: bool
    idle_flush_ms: int
    """0: never."""
    idle_close_ms: int
    """0: never."""
    token: str | None = field(repr=False)
    session: str | None
    """The session to resume; None: a new one."""
    voices_from: str | None
    """With `diarize`: the session whose speakers keep their numbers in this one."""
    ignored: tuple[str, ...]
    """Keys that the client sent and that mean nothing here."""
    given: frozenset[str]
    """Keys that the client set itself; they win over a preset, whatever the order."""

    @property
    def sample_rate_given(self) -> bool:
        """Did the client say its sample rate?"""
        return self.sample_rate is not None

    @property
    def rate(self) -> int:
        """Hz; 16,000 where the client did not say."""
        return self.sample_rate or SAMPLE_RATE


def parse_config(
    values: Mapping[str, object], defaults: StreamDefaults, base: StreamConfig | None = None
) -> StreamConfig:
    """Check `values` (strings of a query, or the JSON values of a `start` message).

    `base` is what the stream already has: its own keys stay unless `values` names them again.
    A value of None counts as not given. Raises `BadOption` with `details["field"]`.
    """
    given: dict[str, Any] = {}
    ignored: list[str] = []
    if base is not None:
        given = {key: getattr(base, key) for key in base.given}
        ignored = list(base.ignored)
    for key, value in values.items():
        reader = _READERS.get(key)
        if reader is None:
            ignored.append(key)
        elif value is not None:
            given[key] = reader(key, value)
    if values.get("languages") and values.get("language") is None:
        given.pop("language", None)  # several, and not one: the model is to say
    merged: dict[str, Any] = {name: getattr(defaults, name) for name in StreamDefaults.__slots__}
    merged |= {"sample_rate": None, "preset": None, "token": None, "session": None}
    merged |= {"voices_from": None}
    merged |= PRESETS.get(given.get("preset", ""), {})
    merged |= given
    if given.get("languages") and "language" not in given:
        merged["language"] = None
    _fit_overlap(merged, explicit="overlap_duration" in given)
    refuse_two_ways(multichannel=merged["multichannel"], diarize=merged["diarize"])
    if "endpoint_ms" in given:
        merged["endpoint"] = "fixed"
    elif merged["diarize"]:
        merged["endpoint_ms"] = min(merged["endpoint_ms"], DIARIZED_ENDPOINT_MS)
    return StreamConfig(**merged, ignored=_bounded(ignored), given=frozenset(given))


def parse_change(values: Mapping[str, object], config: StreamConfig) -> StreamConfig:
    """Apply a later `start`: the keys of `CHANGEABLE` alone; names of others go to `ignored`.

    Raises `BadOption` for a bad value of a changeable key.
    """
    changes: dict[str, Any] = {
        key: _READERS[key](key, value)
        for key, value in values.items()
        if key in CHANGEABLE and value is not None
    }
    if changes.get("languages"):
        changes.setdefault("language", None)
    others = (key for key in values if key not in CHANGEABLE)
    return replace(config, **changes, ignored=_bounded(others), given=config.given | changes.keys())


def without_speakers(config: StreamConfig) -> StreamConfig:
    """What becomes of `diarize` where nobody can be told apart: the words are wanted still."""
    return replace(config, diarize=False, ignored=_bounded([*config.ignored, "diarize"]))


def refuse_two_ways(*, multichannel: bool, diarize: bool) -> None:
    """Speakers are told apart by channel or by voice. Raises `BadOption` for both."""
    if multichannel and diarize:
        raise BadOption(
            "multichannel and diarize exclude each other: ask for multichannel where every speaker "
            "has a channel, else for diarize.",
            field="diarize",
        )


def _fit_overlap(merged: dict[str, Any], *, explicit: bool) -> None:
    """Keep the overlap well below the chunk, so that every cut moves on by `MIN_ADVANCE_S`."""
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
    """Names as `ready.ignored` repeats them: each once, in order, none long, not too many."""
    return tuple(dict.fromkeys(name[:64] for name in names))[:MAX_IGNORED]


_READERS: Final[Mapping[str, Callable[[str, object], Any]]] = {
    "encoding": read.choice(ENCODINGS),
    "sample_rate": read.whole(8_000, 192_000, " of Hz"),
    "channels": read.whole(1, 8),
    "multichannel": read.flag,
    "diarize": read.flag,
    "privacy": read.flag,
    "language": read.language,
    "languages": read.languages,
    "task": read.choice(TASKS),
    "model": read.name,
    "prompt": read.text,
    "hotwords": read.text,
    "chunk_duration": read.seconds(2, 28),
    "overlap_duration": read.seconds(0, 5),
    "hop": read.seconds(0.1, 10),
    "endpoint_ms": read.whole(100, 10_000, " of ms"),
    "endpoint": read.choice(ENDPOINTS),
    "preset": read.choice(PRESETS),
    "beam_size": read.whole(1, 10),
    "vad": read.choice(DETECTORS),
    "words": read.flag,
    "partials": read.flag,
    "vad_events": read.flag,
    "idle_flush_ms": read.whole(0, 3_600_000, " of ms"),
    "idle_close_ms": read.whole(0, 86_400_000, " of ms"),
    "token": read.secret,
    "session": read.session,
    "voices_from": read.session,
}
"""Every option of a stream and how its value is read, in the order in which they are documented."""
