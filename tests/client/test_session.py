"""The client's side of the protocol, message by message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime.client.events import End, Event, Final, Partial, Ready, SpeechStart, Warning
from realtime.client.formats import AudioFormat
from realtime.client.session import ClientSession

S16 = AudioFormat("s16le", 16_000, 1)
SECOND = 32_000  # bytes


def message(kind: str, **values: Any) -> str:
    return json.dumps({"type": kind, "text": "", **values}) + "\n"


def ready(session: str = "a", **values: Any) -> str:
    return message("ready", session=session, model="m", language="en", ignored=[], **values)


def final(number: int, end: float, **values: Any) -> str:
    said = {"text": f"word {number}", "id": number, "seq": number + 1, "start": end - 0.5}
    said |= {"end": end, "language": "en", "confidence": 0.9, "endpoint": True, "flush": False}
    return message("final", **{**said, "lag_ms": 0, **values})


def sent(session: ClientSession) -> list[bytes | dict[str, Any]]:
    """What is sent now: audio as bytes, text as JSON."""
    messages: list[bytes | dict[str, Any]] = []
    while (out := session.next_message()) is not None:
        messages.append(out if isinstance(out, bytes) else json.loads(out))
    return messages


def started(audio: AudioFormat = S16, **bounds: int) -> ClientSession:
    session = ClientSession(audio, **bounds)
    session.connected()
    session.receive(ready())
    return session


def test_nothing_is_sent_before_ready() -> None:
    session = ClientSession(S16)
    session.give_audio(b"1234")
    session.connected()
    assert sent(session) == []
    assert isinstance(session.receive(ready())[0], Ready)
    assert sent(session) == [b"1234"]


def test_confirmation_is_requested_and_makes_room() -> None:
    session = started(capacity=1000, window=1000)
    session.give_audio(bytes(1000))
    assert session.room == 0
    out = sent(session)
    assert out == [bytes(1000), {"type": "ping", "id": 1000}]
    assert session.receive(message("pong", id=1000)) == []
    assert session.room == 1000


@pytest.mark.parametrize("bound", [2, 7, 100, 70_000])
def test_small_limits_never_stop_the_flow(bound: int) -> None:
    session = started(capacity=bound, window=bound)
    heard = b""
    audio = bytes(n % 256 for n in range(5 * bound))
    given = 0
    for _ in range(1_000):
        if session.room and given < len(audio):
            packet = audio[given : given + session.room]
            session.give_audio(packet)
            given += len(packet)
        for out in sent(session):
            if isinstance(out, bytes):
                heard += out
            else:
                session.receive(message("pong", id=out["id"]))
    assert heard == audio


def test_finals_are_acknowledged_and_shown_once() -> None:
    session = started()
    assert [type(e) for e in session.receive(final(0, 1.0))] == [Final]
    assert sent(session) == [{"type": "ack", "seq": 1}]
    assert session.receive(final(0, 1.0)) == [], "sent again after a break"
    assert sent(session) == [{"type": "ack", "seq": 1}], "the server must still learn of it"


def test_a_resume_continues_at_the_servers_position() -> None:
    session = started()
    session.give_audio(bytes(range(10)))
    sent(session)
    session.connected()
    assert session.session == "a"
    session.receive(ready(resumed=True, samples_received=3, finals_sent=0))
    assert sent(session) == [bytes(range(6, 10))]


def test_a_container_is_resumed_by_bytes() -> None:
    session = started(AudioFormat("auto"))
    session.give_audio(bytes(range(10)))
    sent(session)
    session.connected()
    session.receive(ready(resumed=True, samples_received=999, bytes_received=7, finals_sent=0))
    assert sent(session) == [bytes(range(7, 10))]
    assert session.can_begin_again
    session.receive(final(0, 1.0))
    assert not session.can_begin_again, "its words would come twice"


def lost_after(session: ClientSession) -> list[Event]:
    """The server loses the session; another one begins."""
    events = session.forget_session()
    session.connected()
    return events + session.receive(ready("b"))


def test_a_later_session_is_shifted_onto_the_streams_clock() -> None:
    session = started()
    session.give_audio(bytes(3 * SECOND))
    sent(session)
    session.receive(final(0, 1.0))
    session.receive(final(1, 2.0))
    warned, _ = lost_after(session)
    assert isinstance(warned, Warning)
    assert "2.00 s" in warned.message
    assert b"".join(m for m in sent(session) if isinstance(m, bytes)) == bytes(SECOND)
    (moved,) = session.receive(
        final(0, 0.9, words=[{"word": "w", "start": 0.5, "end": 0.9, "probability": 1}])
    )
    assert isinstance(moved, Final)
    assert (moved.id, moved.start, moved.end) == (2, 2.4, 2.9)
    assert moved.words is not None
    assert (moved.words[0].start, moved.words[0].end) == (2.5, 2.9)
    assert moved.raw["id"] == 0
    (partial,) = session.receive(
        message("partial", stable="", id=1, seq=9, start=0.1, end=0.2, lag_ms=5)
    )
    assert isinstance(partial, Partial)
    assert (partial.id, partial.start) == (3, 2.1)
    (speech,) = session.receive(message("speech_start", t=0.25))
    assert isinstance(speech, SpeechStart)
    assert speech.t == 2.25


def test_possibly_missing_audio_is_reported() -> None:
    session = started(capacity=SECOND, window=SECOND)
    for _ in range(3):
        session.give_audio(bytes(SECOND))
        for out in sent(session):
            if isinstance(out, dict):
                session.receive(message("pong", id=out["id"]))
    warned = session.forget_session()[0]
    assert isinstance(warned, Warning)
    assert "Words of up to 2.00 s before that may be missing." in warned.message


def test_a_server_without_resume_has_lost_the_session() -> None:
    session = started()
    session.connected()
    events = session.receive(ready("b"))
    assert [type(e) for e in events] == [Warning, Ready]
    assert session.session == "b"


def test_changed_options_are_sent_to_a_later_session() -> None:
    session = started()
    session.give_control("start", language="ko")
    session.give_audio(bytes(SECOND))
    session.give_control("start", words=True)
    session.give_audio(bytes(SECOND))
    sent(session)
    session.receive(final(0, 0.5))
    lost_after(session)
    texts = [m for m in sent(session) if isinstance(m, dict) and m["type"] == "start"]
    assert texts == [{"type": "start", "language": "ko"}, {"type": "start", "words": True}]


def test_changed_options_are_confirmed_and_nothing_is_sent_again() -> None:
    session = started()
    session.give_audio(bytes(10))
    session.give_control("start", language="ko")
    assert len(sent(session)) == 2
    assert isinstance(session.receive(ready())[0], Ready)
    assert sent(session) == []


def test_a_flush_is_answered_once() -> None:
    session = started()
    session.give_control("flush")
    assert len(session.receive(final(0, 0.0, text="", flush=True))) == 1
    assert session.receive(final(1, 0.0, text="", flush=True)) == []


def test_channels_have_ids_and_ends_of_their_own() -> None:
    session = started(AudioFormat("s16le", 16_000, 2))
    session.give_audio(bytes(4 * SECOND))
    sent(session)
    assert session.receive(final(0, 1.0, channel=0))
    assert session.receive(final(0, 0.5, channel=1))
    warned = session.forget_session()[0]
    assert isinstance(warned, Warning)
    assert "0.50 s" in warned.message, "as far as every channel is final"
    session.connected()
    session.receive(ready("b"))
    assert session.receive(final(0, 0.5, channel=0)) == [], "heard before, on this channel"
    assert session.receive(final(0, 0.7, channel=1))


def test_end_is_final_but_a_drain_is_not() -> None:
    session = started()
    session.give_audio(bytes(SECOND))
    sent(session)
    drained = session.receive(message("end", reason="drain", audio_s=1.0, finals=0))
    assert [type(e) for e in drained] == [Warning]
    assert not session.ended
    assert session.session is None
    session.connected()
    session.receive(ready("b"))
    session.give_end()
    session.give_end()
    assert {"type": "end"} in sent(session)
    (over,) = session.receive(message("end", reason="drain", audio_s=1.0, finals=0))
    assert isinstance(over, End), "all that was given had been heard"
    assert session.ended
    with pytest.raises(ValueError, match="already ended"):
        session.give_audio(b"1")


@pytest.mark.parametrize(
    "nonsense",
    ["", "[]", "null", "[" * 100_000, '{"type":"sparkle"}', '{"type":7}', '{"type":"pong"}'],
)
def test_messages_of_unknown_types_are_ignored(nonsense: str) -> None:
    assert started().receive(nonsense) == []


def test_an_incomplete_message_is_a_warning() -> None:
    (warned,) = started().receive('{"type":"final","text":"x"}')
    assert isinstance(warned, Warning)
    assert warned.code == "bad_message"


def test_a_fatal_error_is_kept_until_the_close() -> None:
    session = started()
    assert session.receive(message("error", code="busy", message="Full.", fatal=True)) == []
    assert session.failure is not None
    assert session.failure.code == "busy"
    assert len(session.receive(message("error", code="x", message="Odd.", fatal=False))) == 1
