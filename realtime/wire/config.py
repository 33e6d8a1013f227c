"""The options of one stream: a query string or a `start` message, the same keys, all optional."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from realtime.errors import BadOption
from realtime.languages import ALLOWED, SEVERAL_ALLOWED, language_code, language_codes
from realtime.types import SAMPLE_RATE, Task

ENCODINGS: Final = ("f32le", "s16le", "s32le", "mulaw", "alaw", "auto")
TASKS: Final = ("transcribe", "translate")
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
MAX_TEXT = 4000  # characters of prompt or hotwords: more than a model can hear (224 tokens)
MAX_NAME = 1_024  # characters of a model's name, a token, a session id
MAX_IGNORED = 32  # unknown keys that `ready.ignored` repeats at most

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SESSION = re.compile(r"[A-Za-z0-9._~=-]+", re.ASCII)
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class StreamDefaults:
    """What a stream gets that asks for nothing; the server's settings may differ from these."""

    encoding: str = "f32le"
    channels: int = 1
    multichannel: bool = False
    diarize: bool = False
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
    merged |= PRESETS.get(given.get("preset", ""), {})
    merged |= given
    if given.get("languages") and "language" not in given:
        merged["language"] = None
    _fit_overlap(merged, explicit="overlap_duration" in given)
    refuse_two_ways(multichannel=merged["multichannel"], diarize=merged["diarize"])
    if merged["diarize"] and "endpoint_ms" not in given:
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


def _seconds(low: float, high: float) -> Callable[[str, object], float]:
    """A reader of durations in seconds, `low` … `high`."""
    allowed = f"a number of seconds from {low:g} to {high:g}"

    def read(key: str, value: object) -> float:
        number = _number(key, value, allowed)
        if not low <= number <= high:
            raise _refused(key, value, allowed)
        return number

    return read


def _whole(low: int, high: int, unit: str = "") -> Callable[[str, object], int]:
    """A reader of whole numbers, `low` … `high`."""
    allowed = f"a whole number{unit} from {low} to {high}"

    def read(key: str, value: object) -> int:
        number = _number(key, value, allowed)
        if not number.is_integer() or not low <= number <= high:
            raise _refused(key, value, allowed)
        return int(number)

    return read


def _choice(names: Iterable[str]) -> Callable[[str, object], str]:
    """A reader of one name out of a few, in any letter case."""
    known = tuple(names)
    allowed = f"{', '.join(known[:-1])} or {known[-1]}"

    def read(key: str, value: object) -> str:
        name = value.strip().lower() if isinstance(value, str) else ""
        if name not in known:
            raise _refused(key, value, allowed)
        return name

    return read


def _flag(key: str, value: object) -> bool:
    """A boolean: JSON's own, 1 and 0, or a word for it."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise _refused(key, value, "true or false")


def _text(key: str, value: object) -> str:
    """Free text for the model; what is no valid Unicode in it is replaced."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _refused(key, value, f"text of at most {MAX_TEXT} characters")
    return value.encode("utf-8", "replace").decode("utf-8").strip()


def _name(key: str, value: object) -> str:
    """A short text that must not be empty."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME:
        raise _refused(key, value, f"a text of 1 to {MAX_NAME} characters")
    return value.encode("utf-8", "replace").decode("utf-8").strip()


def _secret(key: str, value: object) -> str:
    """Like `_name`; an error never repeats the value."""
    if not isinstance(value, str) or len(value) > MAX_NAME:
        raise BadOption(f"{key} must be a text of at most {MAX_NAME} characters.", field=key)
    return value


def _language(key: str, value: object) -> str | None:
    """The code of a language by whatever name; None stands for `auto`."""
    try:
        return language_code(value if isinstance(value, str) else "")
    except ValueError:
        raise _refused(key, value, ALLOWED) from None


def _languages(key: str, value: object) -> tuple[str, ...]:
    """The codes of several; none where one of them is `auto`."""
    try:
        return language_codes(value)
    except ValueError:
        raise _refused(key, value, SEVERAL_ALLOWED) from None


def _session(key: str, value: object) -> str:
    """A session id as `ready` gave it."""
    name = _name(key, value)
    if not _SESSION.fullmatch(name):
        raise _refused(key, value, "the session id of an earlier ready message")
    return name


_READERS: Final[Mapping[str, Callable[[str, object], Any]]] = {
    "encoding": _choice(ENCODINGS),
    "sample_rate": _whole(8_000, 192_000, " of Hz"),
    "channels": _whole(1, 8),
    "multichannel": _flag,
    "diarize": _flag,
    "language": _language,
    "languages": _languages,
    "task": _choice(TASKS),
    "model": _name,
    "prompt": _text,
    "hotwords": _text,
    "chunk_duration": _seconds(2, 28),
    "overlap_duration": _seconds(0, 5),
    "hop": _seconds(0.1, 10),
    "endpoint_ms": _whole(100, 10_000, " of ms"),
    "preset": _choice(PRESETS),
    "beam_size": _whole(1, 10),
    "vad": _choice(DETECTORS),
    "words": _flag,
    "partials": _flag,
    "vad_events": _flag,
    "idle_flush_ms": _whole(0, 3_600_000, " of ms"),
    "idle_close_ms": _whole(0, 86_400_000, " of ms"),
    "token": _secret,
    "session": _session,
}
"""Every key of the specification and how its value is read; also the order of the table there."""
