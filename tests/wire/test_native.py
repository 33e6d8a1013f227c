"""The native protocol, in both directions."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import BadMessage, BadOption, Overloaded
from realtime.session import events
from realtime.types import Word
from realtime.wire import messages, native
from realtime.wire.config import StreamConfig, parse_config
from realtime.wire.messages import Greeting

CONFIG = parse_config({"language": "ko"}, StreamConfig())
LIMITS = messages.MessageLimits(max_message_bytes=16_777_216, max_session_s=14_400)


def parsed(line: str) -> dict[str, Any]:
    """Parse one message and check what holds for every message: one line of strict JSON."""
    assert line.endswith("\n")
    assert line.count("\n") == 1
    value = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert isinstance(value["text"], str)
    assert isinstance(value, dict)
    return value


# Client to server.


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ('{"type":"flush"}', messages.Flush()),
        ('{"type":"Finalize"}', messages.Flush()),
        ('{"type":"end"}', messages.End()),
        ('{"type": "CloseStream"}', messages.End()),
        ('{"eof":1}', messages.End()),
        ('{"eof" : 1}', messages.End()),
        ('{ "eof": true }\n', messages.End()),
        ("END_OF_AUDIO", messages.End()),
        ("EOS", messages.End()),
        (" EOS\n", messages.End()),
        ('{"type":"clear"}', messages.Clear()),
        ('{"type":"keepalive"}', messages.KeepAlive()),
        ('{"type":"KeepAlive"}', messages.KeepAlive()),
        ('{"type":"ping","id":"a"}', messages.Ping("a")),
        ('{"type":"ping","id":7}', messages.Ping(7)),
        ('{"type":"ping"}', messages.Ping(None)),
        ('{"type":"ack","seq":42}', messages.Ack(42)),
        ('{"type":"start","language":"en","hop":1}', messages.Start({"language": "en", "hop": 1})),
        ('{"type":"start"}', messages.Start({})),
        ('{"type":"flush","extra":[1]}', messages.Flush()),
    ],
)
def test_text_messages(text: str, meaning: object) -> None:
    assert native.decode(text) == meaning


@pytest.mark.parametrize("word", [b"END_OF_AUDIO", b"EOS"])
def test_the_end_as_bytes(word: bytes) -> None:
    assert native.decode(word) == messages.End()


@pytest.mark.parametrize(
    "audio", [b"", b"\0\0\0\0", b"EOS ", b"eos\0", b'{"type":"end"}', b"EOS" * 9]
)
def test_other_binary_messages_are_audio(audio: bytes) -> None:
    assert native.decode(audio) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[" * 100_000,
        '{"a":' * 100_000,
        "\ud800",
        '{"type":"\\ud800"}',
        '{"type":"start","prompt":"\ud800"}',
        '{"type":NaN}',
        "NaN",
        "1e999",
        "[]",
        "null",
        '"EOS"',
        "{}",
        '{"type":1}',
        '{"type":"dance"}',
        '{"type":"' + "x" * 1_000_000 + '"}',
        "x" * 1_000_000,
        '{"eof":0}',
        '{"type":"ping","id":{}}',
        '{"type":"ping","id":"' + "x" * 300 + '"}',
        '{"type":"ack"}',
        '{"type":"ack","seq":-1}',
        '{"type":"ack","seq":true}',
        '{"type":"ack","seq":1.5}',
        '{"type":"ack","seq":' + "9" * 400 + "}",
    ],
    ids=lambda text: text[:30].encode("ascii", "replace").decode(),
)
def test_bad_messages_are_refused_with_a_short_sentence(text: str) -> None:
    with pytest.raises(BadMessage) as caught:
        native.decode(text)
    assert len(caught.value.message) < 200
    parsed(native.error(caught.value, fatal=False))


@given(st.text() | st.binary())
def test_anything_is_a_message_or_audio_or_bad_message(message: str | bytes) -> None:
    try:
        native.decode(message)
    except BadMessage as refused:
        assert isinstance(message, str)
        parsed(native.error(refused, fatal=False))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_the_values_of_start_arrive_as_sent(values: dict[str, Any]) -> None:
    values.pop("type", None)
    assert native.decode(json.dumps({**values, "type": "start"})) == messages.Start(values)


@pytest.mark.parametrize(("depth", "good"), [(30, True), (31, True), (32, False), (900, False)])
def test_too_deep_nesting_is_a_bad_message(depth: int, good: bool) -> None:
    message = '{"type":"start","x":' + "[" * depth + "]" * depth + "}"
    if good:
        assert isinstance(native.decode(message), messages.Start)
        return
    with pytest.raises(BadMessage):
        native.decode(message)


# Server to client: one example of each message, key by key.


def test_ready() -> None:
    message = parsed(native.ready(Greeting("abc", CONFIG, "micro", LIMITS)))
    assert list(message) == [
        *("type", "text", "session", "protocol", "sample_rate", "encoding", "model", "language"),
        *("limits", "ignored"),
    ]
    assert message == {
        "type": "ready",
        "text": "",
        "session": "abc",
        "protocol": 1,
        "sample_rate": 16_000,
        "encoding": "f32le",
        "model": "micro",
        "language": "ko",
        "limits": {"max_message_bytes": 16_777_216, "max_session_s": 14_400},
        "ignored": [],
    }


def test_ready_says_how_many_speakers_keep_their_numbers() -> None:
    greeting = Greeting("abc", CONFIG, "micro", LIMITS)
    assert "voices_known" not in parsed(native.ready(greeting))
    known = parsed(native.ready(replace(greeting, voices_known=2)))
    assert known["voices_known"] == 2


def test_ready_of_a_resumed_session() -> None:
    message = parsed(
        native.ready(Greeting("abc", CONFIG, "m", LIMITS, messages.Resumed(32_000, 3, 128_000)))
    )
    assert message["resumed"] is True
    assert message["samples_received"] == 32_000
    assert message["finals_sent"] == 3
    assert message["bytes_received"] == 128_000
    bare = parsed(native.ready(Greeting("abc", CONFIG, "m", LIMITS, messages.Resumed(1, 0))))
    assert "bytes_received" not in bare


def test_ready_says_auto_where_no_language_is_set() -> None:
    config = parse_config({"language": "auto", "colour": "red"}, StreamConfig())
    message = parsed(native.ready(Greeting("abc", config, "m", LIMITS)))
    assert message["language"] == "auto"
    assert "languages" not in message
    config = parse_config({"languages": "ko,English"}, StreamConfig())
    message = parsed(native.ready(Greeting("abc", config, "m", LIMITS)))
    assert (message["language"], message["languages"]) == ("auto", ["ko", "en"])
    config = parse_config({"language": "auto", "colour": "red"}, StreamConfig())
    message = parsed(native.ready(Greeting("abc", config, "m", LIMITS)))
    assert message["ignored"] == ["colour"]


def test_partial() -> None:
    partial = events.Partial(3, "안녕하세요 제품 구", "안녕하세요", 1.28, 2.9, 180)
    line = native.event(partial, 41)
    assert line == (
        '{"type":"partial","text":"안녕하세요 제품 구","stable":"안녕하세요","id":3,"seq":41,'
        '"start":1.28,"end":2.9,"lag_ms":180}\n'
    )


FINAL = events.Final(
    id=3,
    text="안녕하세요, 제품 구매 문의입니다.",
    start=1.28,
    end=4.1,
    language="ko",
    language_probability=0.98,
    confidence=0.93,
    words=(Word(" 안녕하세요,", 1.3, 1.92, 0.97),),
    endpoint=True,
    flush=False,
    lag_ms=240,
)


def test_final() -> None:
    assert native.event(FINAL, 42) == (
        '{"type":"final","text":"안녕하세요, 제품 구매 문의입니다.","id":3,"seq":42,"start":1.28,'
        '"end":4.1,"language":"ko","language_probability":0.98,"confidence":0.93,'
        '"words":[{"word":"안녕하세요,","start":1.3,"end":1.92,"probability":0.97}],'
        '"endpoint":true,"flush":false,"lag_ms":240}\n'
    )


def test_a_final_names_its_speaker_with_diarization() -> None:
    assert "speaker" not in parsed(native.event(FINAL, 1))
    assert FINAL.words
    words = (replace(FINAL.words[0], speaker=1),)
    shown = parsed(native.event(replace(FINAL, diarized=True, speaker=2, words=words), 1))
    assert (shown["speaker"], shown["words"][0]["speaker"]) == (2, 1)
    unknown = parsed(native.event(replace(FINAL, diarized=True, words=None), 1))
    assert unknown["speaker"] is None


def test_words_are_sent_only_if_requested() -> None:
    bare = events.Final(0, "", 0.0, 0.0, "en", 0.0, 0.0, None, False, True, 0)
    assert "words" not in parsed(native.event(bare, 0))


def test_speech_and_channel() -> None:
    assert native.event(events.SpeechStarted(1.28), 0) == (
        '{"type":"speech_start","text":"","t":1.28}\n'
    )
    assert parsed(native.event(events.SpeechEnded(2.00049), 0, 1)) == {
        "type": "speech_end",
        "text": "",
        "t": 2.0,
        "channel": 1,
    }
    assert parsed(native.event(FINAL, 1, 0))["channel"] == 0


def test_failed_is_an_error_that_is_not_fatal() -> None:
    assert parsed(native.event(events.Failed(7, "The model failed."), 3)) == {
        "type": "error",
        "text": "",
        "code": "decode_failed",
        "message": "The model failed.",
        "fatal": False,
        "id": 7,
    }


def test_warning() -> None:
    assert native.warning("backlog", "behind by 4.2 s", {"lag_ms": 4200}) == (
        '{"type":"warning","text":"","code":"backlog","message":"behind by 4.2 s","lag_ms":4200}\n'
    )
    assert parsed(native.warning("backlog", "m", {"type": "x", "text": None}))["type"] == "warning"


def test_error() -> None:
    failure = BadOption("hop must be a number.", field="hop", code="x", available=["a"])
    assert parsed(native.error(failure, fatal=True)) == {
        "type": "error",
        "text": "",
        "code": "bad_option",
        "message": "hop must be a number.",
        "fatal": True,
        "field": "hop",
        "available": ["a"],
    }
    assert parsed(native.error(Overloaded("Full.", retry_after_s=2), fatal=True))[
        "retry_after_s"
    ] == pytest.approx(2.0)


def test_end_and_pong() -> None:
    assert native.end("client", 12.3, 4) == (
        '{"type":"end","text":"","reason":"client","audio_s":12.3,"finals":4}\n'
    )
    assert parsed(native.pong("a"))["id"] == "a"
    assert parsed(native.pong(None)) == {"type": "pong", "text": "", "id": None}


any_float = st.floats(width=64)
any_text = st.text(st.characters())  # includes lone surrogates
words = st.builds(Word, any_text, any_float, any_float, any_float)
finals = st.builds(
    events.Final,
    id=st.integers(0, 2**53),
    text=any_text,
    start=any_float,
    end=any_float,
    language=any_text,
    language_probability=any_float,
    confidence=any_float,
    words=st.none() | st.lists(words, max_size=3).map(tuple),
    endpoint=st.booleans(),
    flush=st.booleans(),
    lag_ms=st.integers(-(2**70), 2**70),
)
partials = st.builds(
    events.Partial, st.integers(), any_text, any_text, any_float, any_float, st.integers()
)


@given(finals | partials, st.integers(0, 2**80), st.none() | st.integers(0, 7))
def test_every_event_is_one_line_of_plain_json(
    happened: events.Final | events.Partial, seq: int, channel: int | None
) -> None:
    message = parsed(native.event(happened, seq, channel))
    orjson.loads(json.dumps(message))
    assert ("channel" in message) == (channel is not None)
    for key in ("start", "end"):
        value = message[key]
        assert math.isfinite(value)
        if math.isfinite(getattr(happened, key)) and abs(value) < 1e9:
            assert abs(value - getattr(happened, key)) <= 0.000501


@given(st.dictionaries(any_text, json_values | any_float | st.binary(max_size=3), max_size=4))
def test_details_of_any_kind_are_accepted(details: dict[str, Any]) -> None:
    message = parsed(native.warning("backlog", "behind", details))
    assert (message["type"], message["code"]) == ("warning", "backlog")
