"""No audio is lost or repeated, wherever connections break."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.client import Backoff, Disconnected, End, Event, Final, Ready, Transcriber, Warning
from tests.client.counting_server import FRAME, RATE, Break, CountingServer, counted, run

QUICK = Backoff(first_s=0.001, most_s=0.01, give_up_s=10)


async def heard(
    server: CountingServer, audio: bytes, packet: int = 997, buffer_bytes: int = 1 << 20
) -> list[Event]:
    """Stream `audio` in packets of an odd size; → all events."""
    packets = [audio[at : at + packet] for at in range(0, len(audio), packet)]
    async with server.running():
        client = Transcriber(
            server.url,
            encoding="s16le",
            sample_rate=RATE,
            backoff=QUICK,
            buffer_bytes=buffer_bytes,
        )
        return [event async for event in client.stream(packets)]


def samples_of(events: list[Event]) -> list[int]:
    """The samples that the finals name, in the order in which they are shown."""
    return [int(n) for event in events if isinstance(event, Final) for n in event.text.split()]


breaks = st.lists(
    st.builds(
        Break,
        after_bytes=st.integers(0, 12_000) | st.just(10**9),
        after_messages=st.integers(0, 40) | st.just(10**9),
        close=st.sampled_from([None, None, 1001, 1011, 1012, 1013]),
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(plan=breaks, packet=st.integers(1, 9_000).map(lambda n: n if n > 50 else n + 50))
def test_every_sample_counts_once_wherever_connections_break(
    plan: list[Break], packet: int
) -> None:
    server = CountingServer(plan)
    events = run(heard(server, counted(8_000), packet))
    assert samples_of(events) == list(range(8_000))
    assert bytes(server.all_sessions[-1].audio) == counted(8_000)
    finals = [event for event in events if isinstance(event, Final)]
    assert [final.id for final in finals] == list(range(len(finals)))
    assert isinstance(events[-1], End)


@settings(max_examples=40, deadline=None)
@given(plan=breaks, forgets=st.lists(st.booleans(), min_size=4, max_size=4))
def test_every_sample_counts_once_when_sessions_are_lost_too(
    plan: list[Break], forgets: list[bool]
) -> None:
    for broken, forget in zip(plan, forgets, strict=False):
        broken.forget = forget
    server = CountingServer(plan)
    events = run(heard(server, counted(8_000)))
    assert samples_of(events) == list(range(8_000))
    finals = [event for event in events if isinstance(event, Final)]
    assert [final.id for final in finals] == sorted({final.id for final in finals})
    clock = [time for final in finals for time in (final.start, final.end)]
    assert clock == sorted(clock)
    assert clock[-1] == pytest.approx(0.5)


def test_a_resume_sends_only_what_is_missing() -> None:
    server = CountingServer([Break(after_bytes=5_001)])
    events = run(heard(server, counted(8_000)))
    ready = [event for event in events if isinstance(event, Ready)]
    assert [event.resumed for event in ready] == [False, True]
    # One byte more than the audio: the half sample before the break.
    assert server.bytes_in == 8_000 * FRAME + 1
    assert "session=s0" in server.paths[1]


def test_a_lost_session_is_reported_and_the_clock_continues() -> None:
    server = CountingServer([Break(after_bytes=6_000, forget=True)])
    events = run(heard(server, counted(8_000)))
    warnings = [event.code for event in events if isinstance(event, Warning)]
    assert warnings == ["reconnecting", "session_lost", "reconnecting"]
    assert len(server.all_sessions) == 2
    # 6,000 bytes are 18 whole spans: the new session begins with sample 2,880.
    assert len(server.all_sessions[1].audio) == (8_000 - 2_880) * FRAME
    lost = next(
        event for event in events if isinstance(event, Warning) and event.code == "session_lost"
    )
    assert "0.18 s" in lost.message
    assert "missing" not in lost.message


def test_a_ring_that_was_too_small_reports_missing_audio() -> None:
    server = CountingServer([Break(after_bytes=60_000, forget=True)])
    events = run(heard(server, counted(32_000), buffer_bytes=1_000))
    samples = samples_of(events)
    assert samples == sorted(set(samples)), "none doubled, none out of order"
    assert samples[-1] == 31_999
    lost = next(e for e in events if isinstance(e, Warning) and e.code == "session_lost")
    assert ("missing" in lost.message) == (len(samples) < 32_000)


def test_after_a_drain_the_stream_continues_in_a_new_session() -> None:
    server = CountingServer([Break(after_bytes=4_000, close=1012, forget=True)])
    events = run(heard(server, counted(8_000)))
    assert samples_of(events) == list(range(8_000))


def test_flush_and_clear_and_changes_survive_breaks() -> None:
    async def script(server: CountingServer) -> list[Event]:
        events: list[Event] = []
        async with server.running():
            client = Transcriber(server.url, encoding="s16le", backoff=QUICK)
            async with client.open() as stream:
                audio = counted(1_000)
                await stream.send(audio[:200])
                stream.change(language="ko")
                stream.flush()
                await stream.send(audio[200:400])
                stream.clear()
                await stream.send(audio[400:])
                stream.end()
                async for event in stream:
                    events.append(event)
        return events

    for after in range(0, 2_000, 97):
        for forget in (False, True):
            server = CountingServer([Break(after_bytes=after, forget=forget)])
            events = run(script(server))
            samples = samples_of(events)
            assert samples == [*range(100), *range(200, 1_000)], (after, forget)
            assert server.all_sessions[-1].starts[0]["language"] == "ko"


def test_it_gives_up_after_some_time() -> None:
    server = CountingServer()
    server.refuse = [(503, {}, "")] * 1_000
    seen: list[Event] = []

    async def attempt() -> None:
        async with server.running():
            patience = Backoff(first_s=0.001, most_s=0.001, give_up_s=0.02)
            client = Transcriber(server.url, encoding="s16le", backoff=patience)
            async for event in client.stream(counted(10)):
                seen.append(event)

    with pytest.raises(Disconnected, match=r"No connection to ws://127\.0\.0\.1"):
        run(attempt())
    assert {event.code for event in seen if isinstance(event, Warning)} == {"reconnecting"}
