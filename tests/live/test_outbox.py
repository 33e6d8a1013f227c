"""Messages are sent, merged, stored and sent again."""

from __future__ import annotations

import json
import threading
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime.live.outbox import KEPT_UNACKNOWLEDGED, MAX_WAITING_BYTES, Outbox
from realtime.session.events import (
    Ended,
    Event,
    Failed,
    Final,
    Partial,
    SpeechEnded,
    SpeechStarted,
)


def partial(id: int, text: str = "so far") -> Partial:
    return Partial(id=id, text=text, stable="", start=0.0, end=1.0, lag_ms=0)


def final(id: int, text: str = "said") -> Final:
    return Final(
        id=id,
        text=text,
        start=0.0,
        end=1.0,
        language="en",
        language_probability=1.0,
        confidence=0.5,
        words=None,
        endpoint=True,
        flush=False,
        lag_ms=0,
    )


def taken(outbox: Outbox) -> list[dict[str, Any]]:
    """Take all waiting messages."""
    messages = []
    while (message := outbox.take()) is not None:
        messages.append(json.loads(message))
    return messages


def test_partials_are_merged_to_the_newest_of_each_channel() -> None:
    outbox = Outbox(multichannel=True)
    merged = [outbox.put(partial(0, str(n)), n % 2) for n in range(6)]
    assert merged == [False, False, True, True, True, True]
    shown = [(m["channel"], m["text"], m["seq"]) for m in taken(outbox)]
    assert shown == [(0, "4", 1), (1, "5", 2)]


def test_a_final_takes_the_place_of_its_unsent_partial() -> None:
    outbox = Outbox()
    assert not outbox.put(partial(0))
    assert outbox.put(final(0))
    assert [m["type"] for m in taken(outbox)] == ["final"]


def test_speech_events_are_sent_only_if_requested() -> None:
    events: list[Event] = [SpeechStarted(1.0), SpeechEnded(2.0), Failed(0, "no"), Ended(2.0, 1)]
    for vad_events, kinds in [
        (False, ["error"]),
        (True, ["speech_start", "speech_end", "error"]),
    ]:
        outbox = Outbox(vad_events=vad_events)
        for event in events:
            assert not outbox.put(event)
        assert [m["type"] for m in taken(outbox)] == kinds


def test_changed_options_keep_waiting_messages() -> None:
    outbox = Outbox()
    outbox.put_messages(['{"type":"ready"}\n'])
    outbox.configure(multichannel=True, vad_events=True)
    outbox.put(SpeechStarted(1.0), 1)
    assert [m.get("channel") for m in taken(outbox)] == [None, 1]


def test_ready_comes_before_waiting_messages() -> None:
    outbox = Outbox()
    outbox.put(final(0))
    outbox.put_first(['{"type":"ready"}\n'])
    assert [m["type"] for m in taken(outbox)] == ["ready", "final"]


def test_without_acknowledgements_the_last_sixteen_finals_are_resent() -> None:
    outbox = Outbox()
    for id in range(40):
        outbox.put(final(id))
        assert len(taken(outbox)) == 1
    for _ in range(2):  # the second connection may break as well
        outbox.reconnect()
        ids = [m["id"] for m in taken(outbox)]
        assert ids == list(range(40 - KEPT_UNACKNOWLEDGED, 40))


def test_all_finals_that_were_never_sent_are_sent() -> None:
    outbox = Outbox()
    for id in range(3):
        outbox.put(final(id))
    taken(outbox)
    for id in range(3, 60):
        outbox.put(final(id))
    outbox.put(partial(60))
    outbox.put_messages(['{"type":"pong"}\n'])
    outbox.reconnect()
    assert [(m["type"], m["id"]) for m in taken(outbox)] == [("final", id) for id in range(60)]


def test_with_acknowledgements_all_other_finals_are_resent() -> None:
    outbox = Outbox()
    outbox.acknowledge(0)
    for id in range(50):
        outbox.put(final(id))
    seqs = [m["seq"] for m in taken(outbox)]
    outbox.acknowledge(seqs[9])
    outbox.reconnect()
    assert [m["id"] for m in taken(outbox)] == list(range(10, 50))


def test_overfull_is_measured_in_bytes_on_the_wire() -> None:
    outbox = Outbox()
    outbox.put_messages(["가" * (MAX_WAITING_BYTES // 3)])
    assert not outbox.overfull
    outbox.put_messages(["가"])
    assert outbox.overfull
    outbox.take()
    assert not outbox.overfull


def test_a_backlog_without_a_connection_does_not_overfill_the_next() -> None:
    outbox = Outbox()
    for id in range(2):
        outbox.put(final(id, "x" * MAX_WAITING_BYTES))
    assert outbox.overfull
    outbox.reconnect()
    assert not outbox.overfull
    assert len(taken(outbox)) == 2
    outbox.put(final(2, "x" * 4 * MAX_WAITING_BYTES))
    assert outbox.overfull


class Crossing(RuleBasedStateMachine):
    """The connection breaks at any moment; without repetitions, all messages arrive once."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox()
        self.said = 0
        self.arrived: list[int] = []
        self.on_the_way: list[dict[str, Any]] = []

    @rule(count=st.integers(1, 20))
    def put(self, count: int) -> None:
        for _ in range(count):
            self.outbox.put(partial(self.said))
            self.outbox.put(final(self.said))
            self.said += 1

    @rule(count=st.integers(1, KEPT_UNACKNOWLEDGED))
    def send(self, count: int) -> None:
        """Have at most `count` messages in transit, which is never more than the outbox keeps."""
        for _ in range(count - len(self.on_the_way)):
            message = self.outbox.take()
            if message is not None:
                self.on_the_way.append(json.loads(message))

    @rule(acknowledged=st.booleans())
    def arrive(self, acknowledged: bool) -> None:
        for message in self.on_the_way:
            if message["id"] not in self.arrived:
                self.arrived.append(message["id"])
        if acknowledged and self.on_the_way:
            self.outbox.acknowledge(self.on_the_way[-1]["seq"])
        self.on_the_way = []

    @rule()
    def break_off(self) -> None:
        self.on_the_way = []
        self.outbox.reconnect()

    @invariant()
    def nothing_is_missing_or_out_of_order(self) -> None:
        assert self.arrived == list(range(len(self.arrived)))

    def teardown(self) -> None:
        self.break_off()
        while (message := self.outbox.take()) is not None:
            self.on_the_way.append(json.loads(message))
        self.arrive(False)
        assert self.arrived == list(range(self.said))


TestCrossing = Crossing.TestCase


@given(st.integers(2, 4), st.integers(20, 120))
def test_threads_do_not_disturb_each_other(writers: int, count: int) -> None:
    outbox = Outbox(multichannel=True)

    def write(channel: int) -> None:
        for id in range(count):
            outbox.put(partial(id), channel)
            outbox.put(final(id), channel)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    messages: list[dict[str, Any]] = []
    while any(thread.is_alive() for thread in threads):
        messages += taken(outbox)
    messages += taken(outbox)
    finals = [m for m in messages if m["type"] == "final"]
    assert outbox.finals == len(finals) == writers * count
    assert not outbox.overfull
    for channel in range(writers):
        assert [m["id"] for m in finals if m["channel"] == channel] == list(range(count))
    assert [m["seq"] for m in messages] == list(range(1, len(messages) + 1))
