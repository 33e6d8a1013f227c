"""Which dialect is served on which path."""

from __future__ import annotations

import pytest

from realtime.errors import ClientError, SlowConsumer
from realtime.session import events
from realtime.wire import native
from realtime.wire.base import Opening
from realtime.wire.config import StreamConfig, parse_config
from realtime.wire.dialects import DIALECTS, dialect_of
from realtime.wire.messages import End, Flush, Greeting, MessageLimits
from realtime.wire.native_dialect import NATIVE


@pytest.mark.parametrize("path", ["/", "/ws", "/v1/stream"])
def test_the_native_protocol_is_at_these_paths(path: str) -> None:
    assert dialect_of(path) is NATIVE


@pytest.mark.parametrize("path", ["/x", "", "/ws/", "/v1/stream/1"])
def test_other_paths_have_no_dialect(path: str) -> None:
    assert dialect_of(path) is None


def test_no_path_has_two_dialects_and_no_dialect_two_names() -> None:
    paths = [path for one in DIALECTS for path in one.paths]
    names = [one.name for one in DIALECTS]
    assert len(set(paths)) == len(paths)
    assert len(set(names)) == len(names)


def test_the_native_handshake_has_its_options_in_the_query() -> None:
    opening = Opening("/ws", {"language": "en"}, {"origin": "http://localhost"})
    assert NATIVE.options(opening) == {"language": "en"}


@pytest.mark.parametrize(("offered", "answered"), [([], None), (["a", "b"], "a")])
def test_the_first_subprotocol_is_answered(offered: list[str], answered: str | None) -> None:
    assert NATIVE.subprotocol(offered) == answered


def test_connections_end_with_the_code_of_the_reason() -> None:
    reasons = ("client", "idle", "drain", "max_session")
    assert [NATIVE.close_code(reason) for reason in reasons] == [1000, 1000, 1012, 1008]
    assert NATIVE.failure_code(SlowConsumer("Too slow.")) == 1013
    assert b'"code":"bad_request"' in NATIVE.refusal(ClientError("No."))


def test_the_native_codec_writes_the_native_protocol() -> None:
    codec, failure = NATIVE.codec(), SlowConsumer("Too slow.")
    limits = MessageLimits(max_message_bytes=1, max_session_s=2)
    greeting = Greeting("id", parse_config({}, StreamConfig()), "base", limits)
    started = events.SpeechStarted(1.0)
    assert codec.ready(greeting) == (native.ready(greeting),)
    assert codec.event(started, 1, 0) == (native.event(started, 1, 0),)
    assert codec.warning("backlog", "behind", {"lag_ms": 1}) == (
        native.warning("backlog", "behind", {"lag_ms": 1}),
    )
    assert codec.error(failure, fatal=True) == (native.error(failure, fatal=True),)
    assert codec.pong(7) == (native.pong(7),)
    assert codec.end("client", 1.0, 2) == (native.end("client", 1.0, 2),)


@pytest.mark.parametrize(
    ("message", "meant"),
    [(b"\x00" * 16, b"\x00" * 16), (b"EOS", End()), ('{"type":"flush"}', Flush())],
)
def test_binary_messages_are_audio_unless_they_are_a_command(
    message: str | bytes, meant: object
) -> None:
    assert NATIVE.codec().decode(message) == meant


def test_the_codec_sends_no_message_for_the_end_of_a_session() -> None:
    assert NATIVE.codec().event(events.Ended(1.0, 2), 3) == ()
