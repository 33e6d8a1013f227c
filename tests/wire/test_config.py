"""Options: which values are allowed, which source takes precedence, what is refused and how."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.encodings import ENCODINGS
from realtime.errors import BadOption
from realtime.wire.config import (
    CHANGEABLE,
    StreamConfig,
    parse_change,
    parse_config,
    without,
)
from realtime.wire.options import OPTIONS, PRESETS
from realtime.wire.values import MAX_TEXT

DEFAULTS = StreamConfig()


def test_without_options_the_defaults_are_used() -> None:
    config = parse_config({}, DEFAULTS)
    assert config.encoding == "f32le"
    assert config.sample_rate is None
    assert not config.sample_rate_given
    assert config.rate == 16_000
    assert (config.chunk_duration, config.overlap_duration, config.hop) == (15.0, 1.0, 0.5)
    assert (config.endpoint_ms, config.idle_flush_ms, config.idle_close_ms) == (500, 2000, 0)
    assert (config.words, config.partials, config.vad_events) == (False, True, False)
    assert (config.vad, config.task, config.model) == ("silero", "transcribe", None)
    assert config.ignored == ()
    assert config.explicit == frozenset()


def test_the_servers_defaults_are_used() -> None:
    defaults = StreamConfig(language="ko", beam_size=5, hop=0.25)
    config = parse_config({}, defaults)
    assert (config.language, config.beam_size, config.hop) == ("ko", 5, 0.25)
    assert parse_config({"language": "auto"}, defaults).language is None


# Key, value in a query string, value in JSON, parsed value.
READ = [
    ("encoding", "S16LE", "s16le", "s16le"),
    ("sample_rate", "44100", 44_100, 44_100),
    ("channels", "2", 2, 2),
    ("multichannel", "true", True, True),
    ("diarize", "true", True, True),
    ("privacy", "true", True, True),
    ("language", "ko-KR", "ko", "ko"),
    ("language", "english", "English", "en"),
    ("language", "nb-NO", "nb_NO", "no"),
    ("languages", "ko, English,ko", ["ko", "English"], ("ko", "en")),
    ("languages", "ko,auto", ["auto"], ()),
    ("task", "translate", "translate", "translate"),
    ("model", "small", "small", "small"),
    ("prompt", "이름: 지민", "이름: 지민", "이름: 지민"),
    ("hotwords", "Whisper", "Whisper", "Whisper"),
    ("chunk_duration", "10.5", 10.5, 10.5),
    ("overlap_duration", ".5", 0.5, 0.5),
    ("hop", "1e0", 1, 1.0),
    ("endpoint_ms", "700", 700.0, 700),
    ("endpoint", "Smart", "smart", "smart"),
    ("preset", "accuracy", "accuracy", "accuracy"),
    ("beam_size", "10", 10, 10),
    ("vad", "off", "off", "off"),
    ("words", "yes", 1, True),
    ("partials", "off", 0, False),
    ("vad_events", "1", True, True),
    ("idle_flush_ms", "0", 0, 0),
    ("idle_close_ms", "1000", 1000, 1000),
    ("token", "secret", "secret", "secret"),
    ("session", "a-b_c.1", "a-b_c.1", "a-b_c.1"),
    ("voices_from", "a-b_c.1", "a-b_c.1", "a-b_c.1"),
]


@pytest.mark.parametrize(("key", "text", "json", "meaning"), READ, ids=[row[0] for row in READ])
def test_every_key_is_read_from_a_query_and_from_json(
    key: str, text: str, json: object, meaning: object
) -> None:
    for value in (text, json):
        config = parse_config({key: value}, DEFAULTS)
        assert getattr(config, key) == meaning
        assert type(getattr(config, key)) is type(meaning)
        assert config.explicit == {key}
        assert config.ignored == ()


def test_the_table_above_is_complete() -> None:
    assert {row[0] for row in READ} == {f.name for f in fields(StreamConfig)} - {
        "ignored",
        "explicit",
    }


REFUSED = [
    ("encoding", "opus"),
    ("sample_rate", "7999"),
    ("sample_rate", "192001"),
    ("sample_rate", "16000.5"),
    ("sample_rate", "1_6000"),
    ("sample_rate", "１６０００"),
    ("sample_rate", True),
    ("sample_rate", "nan"),
    ("sample_rate", float("inf")),
    ("sample_rate", 10**400),
    ("channels", 0),
    ("channels", 9),
    ("multichannel", "maybe"),
    ("multichannel", 2),
    ("multichannel", []),
    ("diarize", "who"),
    ("language", "Klingon!"),
    ("languages", "ko,Klingon!"),
    ("languages", []),
    ("languages", ["ko"] * 101),
    ("languages", {"ko": 1}),
    ("languages", [5]),
    ("language", 5),
    ("task", "sing"),
    ("model", "x" * 2000),
    ("prompt", "x" * (MAX_TEXT + 1)),
    ("prompt", 3),
    ("chunk_duration", "1.99"),
    ("chunk_duration", 28.01),
    ("overlap_duration", -0.1),
    ("hop", "inf"),
    ("hop", 0),
    ("endpoint_ms", "-1"),
    ("endpoint", "clever"),
    ("preset", "fast"),
    ("beam_size", 11),
    ("vad", "on"),
    ("words", "ja"),
    ("idle_close_ms", "soon"),
    ("token", 7),
    ("session", "../../etc"),
    ("session", {"a": 1}),
]


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_a_bad_value_is_refused_in_one_sentence_that_names_the_key(key: str, value: object) -> None:
    with pytest.raises(BadOption) as caught:
        parse_config({key: value}, DEFAULTS)
    assert caught.value.details["field"] == key
    assert caught.value.message.startswith(key)
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) < 200
    assert "\n" not in caught.value.message


def test_a_token_is_never_repeated() -> None:
    secret = "s3cret" * 400
    with pytest.raises(BadOption) as caught:
        parse_config({"token": secret}, DEFAULTS)
    assert "s3cret" not in caught.value.message
    assert "hidden" not in repr(parse_config({"token": "hidden"}, DEFAULTS))


@pytest.mark.parametrize("name", PRESETS)
def test_explicit_options_override_a_preset_in_any_order(name: str) -> None:
    config = parse_config({"preset": name}, DEFAULTS)
    for key, value in PRESETS[name].items():
        assert getattr(config, key) == value
    said = {"chunk_duration": "7"}
    before = parse_config({**said, "preset": name}, DEFAULTS)
    after = parse_config({"preset": name, **said}, DEFAULTS)
    assert before == after
    assert before.chunk_duration == 7.0
    assert before.overlap_duration == PRESETS[name]["overlap_duration"]


def test_a_start_message_adds_to_the_query() -> None:
    query = parse_config({"chunk_duration": "7", "language": "ko", "colour": "red"}, DEFAULTS)
    config = parse_config({"preset": "low-latency", "language": "en", "x": 1}, DEFAULTS, query)
    assert config.chunk_duration == 7.0, "said in the query: wins over a later preset"
    assert config.hop == 0.25
    assert config.language == "en"
    assert config.ignored == ("colour", "x")


def test_with_several_languages_the_model_detects_the_spoken_one() -> None:
    korean = StreamConfig(language="ko")
    config = parse_config({"languages": "ko,en"}, korean)
    assert (config.language, config.languages) == (None, ("ko", "en"))
    assert parse_config({"languages": "auto"}, korean).language == "ko"
    both = parse_config({"language": "en", "languages": "ko,en"}, korean)
    assert both.language == "en", "who names one means that one"
    assert parse_config({"languages": "ko,en"}, korean, both).language is None
    assert parse_change({"languages": "ko,en"}, both).language is None
    assert parse_change({"language": "ko"}, config).language == "ko"
    assert parse_change({"languages": "ja", "language": "ko"}, config).language == "ko"


def test_null_counts_as_not_set() -> None:
    assert parse_config({"language": None, "hop": None}, DEFAULTS) == parse_config({}, DEFAULTS)


def test_the_overlap_must_fit_the_chunk() -> None:
    with pytest.raises(BadOption, match="at most 1 s") as caught:
        parse_config({"chunk_duration": "2", "overlap_duration": "1.5"}, DEFAULTS)
    assert caught.value.details["field"] == "overlap_duration"
    wide = StreamConfig(overlap_duration=4.0)
    assert parse_config({"chunk_duration": "3"}, wide).overlap_duration == 2.0


def test_speakers_are_distinguished_by_channel_or_by_voice() -> None:
    with pytest.raises(BadOption, match="cannot be combined") as refused:
        parse_config({"multichannel": "true", "diarize": True}, StreamConfig())
    assert refused.value.details["field"] == "diarize"


def test_finals_end_sooner_with_diarization() -> None:
    cases: list[tuple[dict[str, object], StreamConfig, int]] = [
        ({"diarize": True}, StreamConfig(), 300),
        ({"diarize": True}, StreamConfig(endpoint_ms=200), 200),
        ({"diarize": True, "endpoint_ms": 700}, StreamConfig(), 700),
        ({"diarize": False}, StreamConfig(), 500),
    ]
    for said, defaults, expected in cases:
        assert parse_config(said, defaults).endpoint_ms == expected


def test_an_explicit_endpoint_silence_turns_smart_endpointing_off() -> None:
    smart = StreamConfig(endpoint="smart")
    cases: list[tuple[dict[str, object], StreamConfig, str]] = [
        ({}, StreamConfig(), "fixed"),
        ({}, smart, "smart"),
        ({"endpoint": "fixed"}, smart, "fixed"),
        ({"endpoint_ms": 700}, smart, "fixed"),
        ({"endpoint_ms": 700, "endpoint": "smart"}, StreamConfig(), "fixed"),
    ]
    for said, defaults, expected in cases:
        assert parse_config(said, defaults).endpoint == expected


def test_ignored_is_bounded() -> None:
    config = parse_config({"k" * 200 + str(n): "" for n in range(500)} | {"zoo": 1}, DEFAULTS)
    assert len(config.ignored) <= 32
    assert all(len(name) <= 64 for name in config.ignored)


def test_a_later_start_changes_only_changeable_options() -> None:
    config = parse_config({"encoding": "s16le", "prompt": "before"}, DEFAULTS)
    later = {"language": "en", "prompt": "", "words": True, "encoding": "f32le", "hop": "bad"}
    changed = parse_change(later, config)
    assert (changed.language, changed.prompt, changed.words) == ("en", "", True)
    assert changed.encoding == "s16le"
    assert changed.ignored == ("encoding", "hop")
    assert {"language", "words"} <= changed.explicit
    with pytest.raises(BadOption):
        parse_change({"language": "??"}, config)
    assert {f.name for f in fields(StreamConfig)} > CHANGEABLE


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from([row[0] for row in READ]) | st.text(max_size=10)


@given(st.dictionaries(keys, json_values, max_size=6))
def test_anything_is_either_a_valid_config_or_bad_option(values: dict[str, Any]) -> None:
    refused: BadOption | None = None
    try:
        config = parse_config(values, DEFAULTS)
    except BadOption as failure:
        refused = failure
    if refused is not None:
        assert refused.details["field"] in values
        refused.message.encode()
        return
    assert config.encoding in ENCODINGS
    assert 8_000 <= config.rate <= 192_000
    assert 0 <= config.overlap_duration <= config.chunk_duration - 1.0
    assert 2 <= config.chunk_duration <= 28
    config.prompt.encode()


@given(
    chunk=st.floats(2, 28),
    hop=st.floats(0.1, 10),
    endpoint=st.integers(100, 10_000),
    channels=st.integers(1, 8),
)
def test_query_and_json_mean_the_same(
    chunk: float, hop: float, endpoint: int, channels: int
) -> None:
    values = {
        "chunk_duration": chunk,
        "hop": hop,
        "endpoint_ms": endpoint,
        "channels": channels,
    }
    as_text = {key: repr(value) for key, value in values.items()}
    assert parse_config(values, DEFAULTS) == parse_config(as_text, DEFAULTS)


def test_diarization_that_is_unavailable_is_ignored_and_the_rest_stays() -> None:
    asked = parse_config({"diarize": "true", "language": "en", "colour": "red"}, DEFAULTS)
    plain = without(asked, ("diarize", "prompt"))
    assert (plain.diarize, plain.language) == (False, "en")
    assert plain.ignored == ("colour", "diarize")
    assert without(plain, ("diarize", "prompt")) is plain


@pytest.mark.parametrize("key", [key for key in OPTIONS if key not in ("prompt", "hotwords")])
def test_an_empty_value_counts_as_not_given(key: str) -> None:
    """As in the forms of the HTTP API, which browsers send with all their fields."""
    assert parse_config({key: ""}, DEFAULTS) == DEFAULTS
    assert parse_change({key: ""}, replace(DEFAULTS, language="ko")).language == "ko"


def test_an_empty_text_takes_the_text_away() -> None:
    given = replace(DEFAULTS, prompt="Before.", hotwords="Ada")
    assert parse_config({"prompt": "", "hotwords": ""}, given).prompt == ""
    assert parse_change({"hotwords": ""}, given).hotwords == ""
