"""Streams that outlive their connections."""

from __future__ import annotations

import asyncio
import json
import wave
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.server.admission import AdmissionOptions
from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.server import ServerOptions
from realtime.types import Samples
from tests.server.support import Client, check_promises, client, running, script, tones
from tests.waiting import eventually

TALK = script("alpha bravo charlie/delta echo foxtrot", 1.0, 4.0)
WORDS = "alpha bravo charlie delta echo foxtrot"
AUDIO = tones(TALK, 6.0)


async def taken(caller: Client) -> None:
    """Wait, by a ping, until everything sent so far has arrived."""
    await caller.say("ping", id="taken")
    await caller.until("pong", id="taken")


def together(*parts: Client) -> list[str]:
    """The transcript over several connections; repeated finals must be equal."""
    heard: dict[int, str] = {}
    for part in parts:
        for final in part.finals:
            assert heard.setdefault(final["id"], final["text"]) == final["text"]
    assert sorted(heard) == list(range(len(heard)))
    return [heard[id] for id in sorted(heard) if heard[id]]


async def cut_and_resumed(audio: bytes, frame: int, query: str, cuts: list[int]) -> list[str]:
    """Play with a TCP reset after each number of bytes in `cuts`; → the transcript."""
    async with running(TALK) as served:
        parts: list[Client] = []
        at, session = 0, ""
        for cut in [*cuts, len(audio)]:
            async with client(f"{served.url}/?{query}{session}") as caller:
                parts.append(caller)
                ready = await caller.until("ready")
                if session:
                    assert ready["resumed"] is True
                    at = ready["samples_received"] * frame
                    assert at == ready["bytes_received"]
                await caller.play(audio[at:cut], 3_201)
                if cut == len(audio):
                    await caller.end()
                    assert caller.heard[-1]["type"] == "end"
                else:
                    await taken(caller)
                    caller.reset()
                session = f"&session={caller.session}"
        return together(*parts)


@settings(max_examples=15)
@given(st.lists(st.integers(0, len(AUDIO) * 4), min_size=1, max_size=3).map(sorted))
def test_resets_anywhere_lose_and_double_no_word(cuts: list[int]) -> None:
    said = asyncio.run(cut_and_resumed(AUDIO.tobytes(), 4, "", cuts))
    assert said == ["alpha bravo charlie", "delta echo foxtrot"]


async def test_half_a_sample_of_several_channels_is_sent_again() -> None:
    stereo = (AUDIO.repeat(2) * 32767).astype("<i2").tobytes()
    said = await cut_and_resumed(stereo, 4, "encoding=s16le&channels=2", [50_001, 90_003])
    assert said == ["alpha bravo charlie", "delta echo foxtrot"]


def wav(audio: Samples) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes((audio * 32767).astype("<i2").tobytes())
    return file.getvalue()


@pytest.mark.parametrize("cut", [20, 30_001, 100_000])
async def test_a_container_is_resumed_at_its_byte(cut: int) -> None:
    data = wav(AUDIO)
    async with running(TALK) as served:
        async with client(f"{served.url}/?encoding=auto") as first:
            await first.play(data[:cut])
            await taken(first)
            first.reset()
        url = f"{served.url}/?encoding=auto&session={first.session}"
        async with client(url) as second:
            ready = await second.until("ready")
            assert ready["bytes_received"] == cut
            await second.play(data[cut:])
            await second.end()
            assert second.heard[-1]["audio_s"] == 6.0
        assert together(first, second) == ["alpha bravo charlie", "delta echo foxtrot"]


async def test_after_a_reset_in_mid_word_a_resume_gets_the_last_words() -> None:
    async with running(TALK) as served:
        async with client(f"{served.url}/?idle_flush_ms=20") as first:
            await first.play(tones(TALK))
            await taken(first)
            first.reset()
        await eventually(lambda: served.metric("finals_total") == 2)
        async with client(f"{served.url}/?session={first.session}") as second:
            await second.until("ready", finals_sent=2)
            await second.end()
        assert together(first, second) == ["alpha bravo charlie", "delta echo foxtrot"]


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_close_without_an_end_message_finalises_the_speech(code: int) -> None:
    async with running(TALK) as served:
        async with client(f"{served.url}/?idle_flush_ms=0") as first:
            await first.until("ready")
            await first.play(tones(TALK))
            await first.socket.close(code)
        await eventually(lambda: served.metric("finals_total") == 2)
        async with client(f"{served.url}/?session={first.session}") as second:
            await second.end()
        assert together(first, second) == ["alpha bravo charlie", "delta echo foxtrot"]


async def test_an_end_whose_answer_was_lost_is_answered_again() -> None:
    async with running(TALK) as served:
        async with client(served.url) as first:
            await first.play(tones(TALK))
            await taken(first)
            await first.say("end")
            first.reset()
        async with client(f"{served.url}/?session={first.session}") as second:
            assert (await second.until("ready"))["resumed"]
            await second.end()
            assert second.heard[-1]["type"] == "end"
        assert together(first, second) == ["alpha bravo charlie", "delta echo foxtrot"]


async def test_finals_are_resent_without_and_with_acknowledgements() -> None:
    talk = script("/".join(f"word{n}" for n in range(24)), *(0.5 + n for n in range(24)))
    for acknowledged, expected in [(0, range(8, 24)), (20, range(20, 24)), (3, range(3, 24))]:
        async with running(talk) as served:
            async with client(f"{served.url}/?vad=off") as first:
                for second in range(24):
                    if second == 1 and acknowledged:
                        await first.say("ack", seq=0)
                    await first.play(np.zeros(16_000, np.float32))
                    await first.say("flush")
                    await first.until("final")
                if acknowledged:
                    await first.say("ack", seq=first.finals[acknowledged - 1]["seq"])
                    await taken(first)
                first.reset()
            async with client(f"{served.url}/?session={first.session}") as second_try:
                await second_try.end()
            finals = [final for final in second_try.finals if final["text"]]
            assert [final["id"] for final in finals] == list(expected)
            assert finals == first.finals[expected.start :]


async def test_a_resume_takes_over_from_a_connection_that_seems_alive() -> None:
    admission = AdmissionOptions(max_sessions=1)  # the resume needs no second place
    async with running(TALK, admission=admission) as served, client(served.url) as first:
        await first.play(AUDIO[:40_000])
        await taken(first)
        url = f"{served.url}/?session={first.session}"
        async with client(url) as second:
            ready = await second.until("ready")
            assert ready["samples_received"] == 40_000
            assert await first.closed() == 1006
            await second.play(AUDIO[40_000:])
            await second.end()
        assert together(first, second) == ["alpha bravo charlie", "delta echo foxtrot"]


async def test_of_many_concurrent_resumes_one_gets_the_stream() -> None:
    async with running(TALK) as served, client(served.url) as first:
        await first.play(AUDIO[:40_000])
        await taken(first)
        url = f"{served.url}/?session={first.session}"

        async def come_back() -> Client:
            async with client(url) as caller:
                await caller.rest()
                return caller

        rivals = [asyncio.create_task(come_back()) for _ in range(8)]
        pending = set(rivals)
        while len(pending) > 1:
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        async with client(url) as last:
            await last.until("ready", samples_received=40_000)
            await last.play(AUDIO[40_000:])
            await last.end()
        others = await asyncio.gather(*rivals)
        assert all(other.socket.close_code == 1006 for other in others)
        assert together(first, last, *others) == ["alpha bravo charlie", "delta echo foxtrot"]
        assert served.metric("sessions_resumed_total") == 9


async def test_a_session_may_be_named_by_a_start() -> None:
    async with running(TALK) as served:
        async with client(served.url) as first:
            await first.play(AUDIO[:40_000])
            await taken(first)
            first.reset()
        async with client(served.url) as second:
            fresh = await second.until("ready")
            await second.say("start", session=first.session)
            await second.say("ping", id=5)
            ready = await second.until("ready")
            assert (ready["session"], ready["resumed"]) == (first.session, True)
            assert ready["samples_received"] == 40_000
            await second.play(AUDIO[40_000:])
            await second.end()
            assert [pong["id"] for pong in second.of("pong")] == [5]
        assert fresh["session"] != first.session
        assert together(first, second) == ["alpha bravo charlie", "delta echo foxtrot"]
        await eventually(lambda: served.server.streams_kept == 0)
        async with client(served.url) as lost:
            await lost.say("start", session="nobody")
            await lost.rest()
            assert lost.heard[-1]["code"] == "session_not_found"
            assert lost.socket.close_code == 1008


async def test_a_socket_whose_input_has_ended_is_closed_by_the_stream_it_resumes() -> None:
    limits = ConnectionOptions(max_message_bytes=10_000)
    async with running(TALK, ServerOptions(port=0, connection=limits)) as served:
        async with client(served.url) as first:
            await first.play(AUDIO[:40_000])
            await taken(first)
            first.reset()
        async with client(served.url) as second:
            await second.until("ready")
            # The server reads both at once, so the second arrives before the first takes effect.
            say = json.dumps({"type": "start", "session": first.session})
            second.socket.protocol.send_text(say.encode())
            second.socket.protocol.send_binary(bytes(10_001))
            second.socket.send_data()
            assert (await second.until("ready"))["session"] == first.session
            assert (await second.until("error"))["code"] == "too_large"
            assert await second.closed() == 1009


async def test_an_expired_session_is_not_found() -> None:
    async with running(TALK, ServerOptions(port=0, resume_s=0.05)) as served:
        async with client(served.url) as first:
            await first.play(AUDIO[:40_000])
            await taken(first)
            first.reset()
        await eventually(lambda: served.server.streams_kept == 0)
        async with client(f"{served.url}/?session={first.session}") as second:
            await second.rest()
            assert [m["code"] for m in second.heard] == ["session_not_found"]
            assert second.socket.close_code == 1008


async def test_beyond_the_limit_the_oldest_waiting_sessions_are_forgotten() -> None:
    async with running(TALK, ServerOptions(port=0, most_waiting=3)) as served:
        sessions = []

        async def kept(most: int) -> None:
            await eventually(lambda: served.server.streams_kept == most)

        for number in range(5):
            async with client(served.url) as caller:
                await caller.receive()
                sessions.append(caller.session)
                caller.reset()
            await kept(min(3, number + 1))
            await eventually(lambda: served.admission.active == 0)
        for number, session in enumerate(sessions):
            async with client(f"{served.url}/?session={session}") as caller:
                message = await caller.receive()
                assert message["type"] == ("error" if number < 2 else "ready")
                caller.reset()


async def test_an_ended_stream_cannot_be_resumed() -> None:
    async with running(TALK) as served:
        async with client(served.url) as first:
            await first.play(AUDIO)
            await first.end()
        await eventually(lambda: served.server.streams_kept == 0)


async def test_the_promises_hold_across_connections() -> None:
    async with running(TALK) as served:
        async with client(served.url) as first:
            await first.play(AUDIO[:24_000])
            await first.until("partial")
            await taken(first)
            first.reset()
        async with client(f"{served.url}/?session={first.session}") as second:
            await second.play(AUDIO[24_000:])
            await second.end()
    if not first.finals:
        shown = [m for m in [*first.heard, *second.heard] if m["type"] in ("partial", "final")]
        check_promises([{**m, "seq": n} for n, m in enumerate(shown, 1)])
    assert together(first, second) == ["alpha bravo charlie", "delta echo foxtrot"]


async def test_only_the_key_that_opened_a_session_resumes_it() -> None:
    admission = AdmissionOptions(api_keys=("mine", "theirs"))
    async with running(TALK, admission=admission) as served:
        async with client(f"{served.url}/?token=mine") as first:
            session = (await first.until("ready"))["session"]
            async with client(f"{served.url}/?token=theirs&session={session}") as thief:
                await thief.until("error", code="session_not_found")
            async with client(f"{served.url}/?token=theirs") as other:
                await other.say("start", session=session)
                await other.until("error", code="session_not_found")
            await taken(first)  # the other client did not take over the session
            first.reset()
        async with client(f"{served.url}/?token=theirs&session={session}") as thief:
            await thief.until("error", code="session_not_found")
        async with client(f"{served.url}/?token=mine&session={session}") as again:
            assert (await again.until("ready"))["resumed"] is True
