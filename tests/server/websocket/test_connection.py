"""Messages of one client, and the server's answers."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.server import ServerOptions
from realtime.wire.config import StreamConfig
from tests.server.support import Client, check_promises, client, running, script, tones
from tests.waiting import eventually

TALK = script("alpha bravo charlie/delta echo foxtrot", 1.0, 4.0)
WORDS = "alpha bravo charlie delta echo foxtrot"
OTHER = script("un deux trois/quatre cinq", 1.0, 4.0)

READY = {
    *{"type", "text", "session", "protocol", "sample_rate", "encoding", "model", "language"},
    *{"limits", "ignored"},
}
PARTIAL = {"type", "text", "stable", "id", "seq", "start", "end", "lag_ms"}
FINAL = {
    *{"type", "text", "id", "seq", "start", "end", "language", "language_probability"},
    *{"confidence", "endpoint", "flush", "lag_ms"},
}
END = {"type", "text", "reason", "audio_s", "finals"}


async def test_a_stream_without_options_is_transcribed() -> None:
    audio = tones(TALK, 6.0)
    async with running(TALK) as served, client(served.url) as caller:
        await caller.play(audio[:30_000])
        await caller.until("partial")  # audio sent at once may end before a partial comes
        await caller.play(audio[30_000:])
        await caller.end()
        assert caller.socket.close_code == 1000
    messages = caller.heard
    kinds = [message["type"] for message in messages]
    assert (kinds[0], kinds[-1]) == ("ready", "end")
    assert set(kinds) == {"ready", "partial", "final", "end"}
    assert caller.text == WORDS
    check_promises(messages)


async def test_every_message_has_its_keys_and_no_others() -> None:
    async with running(TALK) as served, client(f"{served.url}/?color=red") as caller:
        await caller.play(tones(TALK, 6.0))
        messages = await caller.end()
    shapes = {"ready": READY, "partial": PARTIAL, "final": FINAL, "end": END}
    for message in messages:
        assert message.keys() == shapes[message["type"]]
    ready, end = messages[0], messages[-1]
    assert ready["ignored"] == ["color"]
    assert ready["limits"] == {"max_message_bytes": 16 << 20, "max_session_s": 14_400}
    assert (ready["protocol"], ready["encoding"], ready["sample_rate"]) == (1, "f32le", 16_000)
    assert (ready["model"], ready["language"]) == ("scripted", "auto")
    assert (end["reason"], end["audio_s"], end["finals"]) == ("client", 6.0, 2)
    first, second = caller.finals
    assert (first["id"], second["id"]) == (0, 1)
    assert first["endpoint"]
    assert second["endpoint"]
    assert 0.9 <= first["start"] <= 1.1
    assert first["language"] == "en"
    assert 0 < first["confidence"] <= 1
    assert all(isinstance(message["lag_ms"], int) for message in messages if "lag_ms" in message)


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("endpoint=fixed", ["alpha bravo. charlie delta"]),
        ("endpoint=smart", ["alpha bravo.", "charlie delta"]),
        ("endpoint=smart&endpoint_ms=500", ["alpha bravo. charlie delta"]),
    ],
)
async def test_a_finished_sentence_ends_sooner_where_that_is_wanted(
    query: str, texts: list[str]
) -> None:
    talk = script("alpha bravo./charlie delta", 1.0, 2.1)  # 0.4 s between them
    async with running(talk) as served, client(f"{served.url}/?{query}") as caller:
        await caller.play(tones(talk, 4.0))
        await caller.end()
    assert [final["text"] for final in caller.finals] == texts


@pytest.mark.parametrize("by_message", [False, True], ids=["query", "start"])
async def test_every_option_by_query_and_by_start(by_message: bool) -> None:
    options = {
        "encoding": "s16le",
        "sample_rate": 8_000,
        "channels": 2,
        "multichannel": True,
        "language": "fr",
        "task": "translate",
        "model": "scripted",
        "prompt": "other",
        "hotwords": "deux",
        "chunk_duration": 5,
        "overlap_duration": 0.5,
        "hop": 0.5,
        "endpoint_ms": 400,
        "preset": "accuracy",
        "beam_size": 3,
        "vad": "energy",
        "words": True,
        "partials": False,
        "vad_events": True,
        "idle_flush_ms": 1_000,
        "idle_close_ms": 60_000,
    }
    query = "" if by_message else "?" + "&".join(f"{k}={v}" for k, v in options.items())
    async with running({"": TALK, "other": OTHER}) as served:
        async with client(f"{served.url}/{query}") as caller:
            await caller.until("ready")
            if by_message:
                await caller.say("start", **options, unknown=1)
                ready = await caller.until("ready")
                assert ready["session"] == caller.session
                assert ready["ignored"] == ["unknown"]
                assert "resumed" not in ready
            ready = caller.heard[-1]
            assert (ready["encoding"], ready["sample_rate"]) == ("s16le", 8_000)
            assert ready["language"] == "fr"
            both = (tones(OTHER, 6.0)[::2].repeat(2) * 32767).astype("<i2")
            await caller.play(both.tobytes())
            messages = await caller.end()
        check_promises(messages)
        kinds = {message["type"] for message in messages}
        assert kinds == {"ready", "speech_start", "speech_end", "final", "end"}
        for channel in (0, 1):
            finals = [final for final in caller.finals if final["channel"] == channel]
            assert [final["text"] for final in finals] == ["un deux trois", "quatre cinq"]
            assert finals[0]["language"] == "fr"
            spoken = [word for final in finals for word in final["words"]]
            assert [word["word"] for word in spoken] == ["un", "deux", "trois", "quatre", "cinq"]
            assert all(word.keys() == {"word", "start", "end", "probability"} for word in spoken)


async def test_a_bad_start_before_audio_ends_the_stream() -> None:
    async with running(TALK) as served, client(served.url) as caller:
        await caller.say("start", sample_rate=3)
        messages = await caller.rest()
        assert (messages[-1]["type"], messages[-1]["code"]) == ("error", "bad_option")
        assert messages[-1]["fatal"]
        assert caller.socket.close_code == 1008
        await eventually(lambda: served.server.streams_kept == 0)


async def test_a_later_start_changes_the_next_utterance() -> None:
    async with running({"": TALK, "other": OTHER}) as served, client(served.url) as caller:
        audio = tones(TALK, 6.0)
        await caller.play(audio[: 3 * 16_000])
        await caller.say("start", prompt="other", words=True, sample_rate=48_000)
        ready = await caller.until("ready")  # the first one
        ready = await caller.until("ready")
        assert ready["ignored"] == ["sample_rate"]
        assert ready["sample_rate"] == 16_000
        await caller.say("start", language="Klingon!")
        error = await caller.until("error")
        assert (error["code"], error["field"], error["fatal"]) == ("bad_option", "language", False)
        await caller.play(audio[3 * 16_000 :])
        await caller.end()
        assert [final["text"] for final in caller.finals] == ["alpha bravo charlie", "quatre cinq"]
        assert ["words" in final for final in caller.finals] == [False, True]


async def test_invalid_text_messages_do_not_end_the_stream() -> None:
    async with running(TALK) as served, client(served.url) as caller:
        for nonsense in ("{", "[1]", '"x"', '{"type":"dance"}', '{"type":3}', "hello"):
            await caller.socket.send(nonsense)
            error = await caller.until("error")
            assert (error["code"], error["fatal"]) == ("bad_message", False)
        await caller.play(tones(TALK, 6.0))
        await caller.end()
        assert caller.text == WORDS


@pytest.mark.parametrize("packet", [1, 7, 3_201, 65_536, 1 << 24])
async def test_any_split_gives_the_same_finals(packet: int) -> None:
    talk = script("alpha bravo", 0.2)
    seconds = 0.9 if packet == 1 else 2.0  # more single bytes would exceed the message budget
    loud = tones(talk, seconds)[::2]
    audio = np.where(loud > 0, 0x80, np.where(loud < 0, 0x00, 0xFF)).astype(np.uint8).tobytes()
    url = "/?encoding=mulaw&sample_rate=8000"
    async with running(talk) as served, client(served.url + url) as caller:
        await caller.socket.send(b"")
        await caller.play(audio, packet)
        await caller.end()
        assert caller.text == "alpha bravo"
        assert caller.heard[-1]["audio_s"] == seconds


async def test_a_message_over_the_limit_is_too_big() -> None:
    options = ServerOptions(port=0, connection=ConnectionOptions(max_message_bytes=1_000))
    async with running(TALK, options) as served, client(served.url) as caller:
        await caller.socket.send(bytes(1_000))
        await caller.socket.send(bytes(1_001))
        assert await caller.closed() == 1009


@pytest.mark.parametrize(
    "word",
    [
        '{"type":"end"}',
        '{"eof":1}',
        '{"eof" : true}',
        '{"type":"CloseStream"}',
        "END_OF_AUDIO",
        "EOS",
        b"END_OF_AUDIO",
        b"EOS",
    ],
)
async def test_all_ways_to_end_a_stream(word: str | bytes) -> None:
    async with running(TALK) as served, client(served.url) as caller:
        await caller.play(tones(TALK))  # up to the last word, without silence after it
        await caller.socket.send(word)
        await caller.socket.send(b"what comes now is not heard")
        messages = await caller.rest()
        assert messages[-1]["type"] == "end"
        assert caller.socket.close_code == 1000
        assert caller.text == WORDS
        assert not caller.finals[-1]["endpoint"]


@pytest.mark.parametrize("word", ['{"type":"flush"}', '{"type":"Finalize"}'])
async def test_flush_finalises_at_once_and_answers_even_silence(word: str) -> None:
    async with running(TALK) as served, client(served.url) as caller:
        await caller.socket.send(word)
        empty = await caller.until("final")
        assert (empty["text"], empty["flush"], empty["id"]) == ("", True, 0)
        await caller.play(tones(TALK)[: round(2.2 * 16_000)])
        await caller.socket.send(word)
        final = await caller.until("final")
        assert (final["text"], final["flush"]) == ("alpha bravo charlie", True)
        assert not final["endpoint"]
        await caller.play(tones(TALK, 6.0)[round(2.2 * 16_000) :])
        await caller.end()
        assert caller.text == WORDS
        check_promises(caller.heard)


async def test_clear_drops_what_is_not_final_and_keeps_the_clock() -> None:
    async with running(TALK) as served, client(f"{served.url}/?sample_rate=8000") as caller:
        audio = tones(TALK, 6.0)[::2]
        await caller.play(audio[:17_600])
        await caller.until("partial")
        await caller.say("clear")
        closing = await caller.until("final")
        assert closing["id"] == 0
        await caller.play(audio[17_600:])
        await caller.end()
        assert caller.finals[-1]["text"] == "delta echo foxtrot"
        assert 3.9 <= caller.finals[-1]["start"] <= 4.1
        assert caller.heard[-1]["audio_s"] == 6.0
        check_promises(caller.heard)


async def test_pings_are_answered_and_keepalives_are_not() -> None:
    async with running(TALK) as served, client(served.url) as caller:
        for id in ("x", 7, 1.5, None):
            await caller.say("ping", id=id)
            assert (await caller.until("pong"))["id"] == id
        for kind in ("keepalive", "KeepAlive"):
            await caller.say(kind)
        await caller.say("ack", seq=1)
        await caller.say("ack", seq="x")
        assert (await caller.until("error"))["code"] == "bad_message"
        await caller.say("ping")
        assert [m["type"] for m in caller.heard[-1:]] == ["error"]
        assert (await caller.until("pong"))["id"] is None


@pytest.mark.parametrize(
    ("query", "data", "reason"),
    [
        ("", (b"\x00\x00\xc0\x7f" + b"\xcd\xcc\xcc\x3d" * 20) * 800, "not_finite"),
        ("", (tones(TALK) * 30_000).astype("<i2").tobytes(), "s16_as_f32"),
        ("encoding=s16le", tones(TALK).tobytes(), "f32_as_s16"),
        ("", b"RIFF\x00\x10\x00\x00WAVEfmt " + bytes(40_000), "container_as_pcm"),
    ],
)
async def test_suspicious_audio_is_reported(query: str, data: bytes, reason: str) -> None:
    async with running(TALK) as served, client(f"{served.url}/?{query}") as caller:
        await caller.play(data)
        warning = await caller.until("warning", code="audio_suspect")
        assert warning["reason"] == reason
        assert warning["message"]
        await caller.end()
        assert caller.socket.close_code == 1000


async def test_bytes_that_are_no_container_are_fatal_but_keep_earlier_finals() -> None:
    async with running(TALK) as served, client(f"{served.url}/?encoding=auto") as caller:
        await caller.play(bytes(range(256)) * 64)
        error = await caller.until("error")
        assert (error["code"], error["fatal"]) == ("not_audio", True)
        assert await caller.closed() == 1003
        await eventually(lambda: served.admission.active == 0)


async def test_too_few_bytes_of_a_container_are_no_audio_either() -> None:
    async with running(TALK) as served, client(f"{served.url}/?encoding=auto") as caller:
        await caller.socket.send(b"RI")
        await caller.end()
        assert caller.heard[-1]["code"] == "not_audio"
        assert caller.socket.close_code == 1003


async def test_defaults_of_the_server_hold() -> None:
    defaults = StreamConfig(vad="energy", language="ko", partials=False)
    async with running(TALK, defaults=defaults) as served, client(served.url) as caller:
        await caller.play(tones(TALK, 6.0))
        await caller.end()
        assert caller.heard[0]["language"] == "ko"
        assert not caller.of("partial")
        assert caller.finals[0]["language"] == "ko"


async def vanish(caller: Client) -> None:
    await caller.play(tones(TALK)[:30_000])
    caller.reset()


async def test_clients_that_vanish_leave_no_streams() -> None:
    async with running(TALK, ServerOptions(port=0, resume_s=0)) as served:
        for _ in range(20):
            async with client(served.url) as caller:
                await vanish(caller)
        async with client(served.url) as caller:
            await caller.play(tones(TALK, 6.0))
            await caller.end()
            assert caller.text == WORDS
