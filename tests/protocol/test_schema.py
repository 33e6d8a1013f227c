"""The schema describes exactly what the server accepts and what it sends."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import BadOption, LimitReached, RealtimeError
from realtime.session import events
from realtime.types import Word
from realtime.wire import messages, native
from realtime.wire.config import CHANGEABLE, StreamConfig, parse_config
from realtime.wire.options import PRESETS
from tests.protocol.schema import FOLDER, definition, schema, validator

DEFAULTS = StreamConfig()
OPTIONS: dict[str, dict[str, Any]] = definition("options")["properties"]
NUMBERS = [name for name, option in OPTIONS.items() if "maximum" in option]
NAMED: dict[str, list[Any]] = {
    "language": ["ko-KR", "Korean", "auto"],
    "languages": ["ko,en", ["ko", "English"]],
}
"""Options for which the schema allows any text, while the server accepts only some."""


def accepts(name: str, value: object) -> bool:
    """Whether the server accepts this value; in a chunk of 28 s every allowed overlap fits."""
    try:
        parse_config({"chunk_duration": 28, name: value}, DEFAULTS)
    except BadOption:
        return False
    return True


def described(name: str, value: object) -> bool:
    return validator("options").is_valid({name: value})


def test_every_option_is_described_and_no_other() -> None:
    ours = {field.name for field in fields(StreamConfig)} - {"ignored", "explicit"}
    assert set(OPTIONS) == ours
    assert all(option["description"] for option in OPTIONS.values())


def test_presets_and_changeable_options_are_described() -> None:
    assert OPTIONS["preset"]["enum"] == list(PRESETS)
    for name in CHANGEABLE:
        assert name in definition("start")["description"]


@pytest.mark.parametrize("name", NUMBERS)
def test_bounds_are_those_of_the_server(name: str) -> None:
    option = OPTIONS[name]
    low, high = option["minimum"], option["maximum"]
    if option["type"] == "integer":
        outside: list[float] = [low - 1, high + 1, low + 0.5]
    else:
        outside = [math.nextafter(low, -math.inf), math.nextafter(high, math.inf)]
    for value in (low, high):
        assert (described(name, value), accepts(name, value)) == (True, True), value
        assert accepts(name, str(value))
    for value in outside:
        assert (described(name, value), accepts(name, value)) == (False, False), value


@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if "enum" in option])
def test_choices_are_those_of_the_server(name: str) -> None:
    for value in OPTIONS[name]["enum"]:
        assert accepts(name, value)
    with pytest.raises(BadOption) as refused:
        parse_config({name: "invented"}, DEFAULTS)
    assert all(value in refused.value.message for value in OPTIONS[name]["enum"])
    allowed = refused.value.message.partition(", not")[0]
    assert allowed.count(",") == len(OPTIONS[name]["enum"]) - 2  # reads "a, b or c"


@pytest.mark.parametrize("name", NAMED)
def test_languages_are_accepted_by_code_locale_and_name(name: str) -> None:
    for value in NAMED[name]:
        assert (described(name, value), accepts(name, value)) == (True, True)


@given(
    st.sampled_from(sorted(set(OPTIONS) - set(NAMED))),
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
        st.sampled_from(["smart", "mulaw", "silero", "balanced", "translate"]),
        st.lists(st.text(max_size=3), max_size=2),
        st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
    ),
)
def test_the_server_accepts_what_the_schema_allows(name: str, value: object) -> None:
    if described(name, value):
        assert accepts(name, value)


def test_the_longest_texts_are_those_of_the_server() -> None:
    for name in ("prompt", "hotwords", "token", "session", "model"):
        longest = "a" * OPTIONS[name]["maxLength"]
        assert (described(name, longest), accepts(name, longest)) == (True, True)
        assert (described(name, longest + "a"), accepts(name, longest + "a")) == (False, False)


# What the server sends.

seconds = st.floats(0, 1e5, allow_nan=False).map(lambda value: round(value, 3))
part = st.floats(0, 1, allow_nan=False)
numbers = st.integers(0, 10_000)
speakers = st.none() | st.integers(0, 7)
words = st.builds(Word, st.text(max_size=8), seconds, seconds, part, speakers)
spoken = st.one_of(
    st.builds(events.SpeechStarted, seconds),
    st.builds(events.SpeechEnded, seconds),
    st.builds(events.Partial, numbers, st.text(), st.text(), seconds, seconds, numbers),
    st.builds(
        events.Final,
        id=numbers,
        text=st.text(),
        start=seconds,
        end=seconds,
        language=st.sampled_from(["ko", "en", ""]),
        language_probability=part,
        confidence=part,
        words=st.none() | st.lists(words, max_size=3).map(tuple),
        endpoint=st.booleans(),
        flush=st.booleans(),
        lag_ms=numbers,
        diarized=st.booleans(),
        speaker=speakers,
    ),
    st.builds(events.Failed, numbers, st.text()),
)


def is_described(message: str) -> None:
    """Raise an error unless the schema describes every key of the message."""
    validator("server_message", strict=True).validate(json.loads(message))


@given(spoken, st.integers(1, 2**40), st.none() | st.integers(0, 7))
def test_every_message_of_a_session_is_described(
    happened: Any, seq: int, channel: int | None
) -> None:
    is_described(native.event(happened, seq, channel))


@given(
    st.builds(messages.MessageLimits, numbers, numbers),
    st.none() | st.builds(messages.Resumed, numbers, numbers, st.none() | numbers),
    st.sampled_from([{}, {"languages": "ko,en"}, {"encoding": "auto", "unknown": "1"}]),
)
def test_ready_is_described(
    limits: messages.MessageLimits, resumed: messages.Resumed | None, options: dict[str, object]
) -> None:
    is_described(
        native.ready(
            messages.Greeting("id", parse_config(options, DEFAULTS), "base", limits, resumed)
        )
    )


@given(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=256))
def test_pings_and_their_answers_are_described(id: Any) -> None:
    ping = {"type": "ping", "id": id}
    validator("client_message").validate(ping)
    assert native.decode(json.dumps(ping)) == messages.Ping(id)
    is_described(native.pong(id))


def all_errors(kind: type[RealtimeError] = RealtimeError) -> list[type[RealtimeError]]:
    return [kind, *(below for sub in kind.__subclasses__() for below in all_errors(sub))]


def test_errors_and_the_end_are_described() -> None:
    for kind in {error.code: error for error in all_errors()}.values():
        failure = RealtimeError("Do this.", retry_after_s=2.0, field="hop", available=["a"])
        failure.__class__ = kind
        is_described(native.error(failure, fatal=True))
    is_described(native.error(LimitReached("Wait.", reason="wrong_keys"), fatal=False))
    for reason in definition("end_of_stream")["properties"]["reason"]["enum"]:
        is_described(native.end(reason, 1.5, 2))


def test_an_invented_key_would_be_noticed() -> None:
    with pytest.raises(ValueError, match="invented"):
        is_described('{"type":"pong","text":"","id":1,"invented":2}')
    assert validator("server_message").is_valid({"type": "pong", "text": "", "id": 1, "new": 2})


# AsyncAPI.


def asyncapi() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))
    return loaded


def test_the_asyncapi_document_names_every_message_of_the_schema() -> None:
    messages = asyncapi()["components"]["messages"]
    payloads = [message["payload"].get("$ref", "") for message in messages.values()]
    named = {ref.rpartition("/")[2] for ref in payloads if ref}
    groups = (schema()["$defs"][group] for group in ("client_message", "server_message"))
    ours = {
        item["$ref"].rpartition("/")[2]
        for group in groups
        for item in group.get("anyOf", group.get("oneOf", []))
    }
    assert named == ours
    assert all(ref.startswith("./messages.schema.json#/$defs/") for ref in payloads if ref)


def test_references_of_the_asyncapi_document_can_be_resolved() -> None:
    document = asyncapi()

    def follow(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                follow(item)
        elif isinstance(value, dict):
            ref = value.get("$ref", "")
            if ref.startswith("#/"):
                found: Any = document
                for step in ref[2:].split("/"):
                    found = found[step.replace("~1", "/")]
            elif ref:
                file, _, place = ref.partition("#/$defs/")
                assert (FOLDER / file).exists()
                assert place in schema()["$defs"], ref
            for item in value.values():
                follow(item)

    follow(document)
