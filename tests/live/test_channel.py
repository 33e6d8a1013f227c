"""A session with the engine: refusals, failures, hangs, races."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence

import pytest

from realtime.app.detectors import make_detector
from realtime.backends.base import Backend
from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.options import EngineOptions
from realtime.errors import BadOption
from realtime.live.channel import Channel, ChannelLink
from realtime.metrics import Metrics
from realtime.session.events import Ended, Failed, Final, Partial
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import DecodeOptions, Window, WindowShape
from tests.engine.support import Clock
from tests.live.support import channel
from tests.server.support import PATIENCE_S, script, tones

TALK = script("alpha bravo/delta echo", 0.5, 2.5)
AUDIO = tones(TALK, 4.0)


def play(target: Channel) -> None:
    for at in range(0, len(AUDIO), 1_600):
        target.receive_audio(AUDIO[at : at + 1_600])


def test_recognised_words_are_sent_and_the_snapshot_is_updated() -> None:
    metrics = Metrics()
    with channel(ScriptedBackend(TALK), metrics=metrics) as (mine, heard, _):
        play(mine)
        heard.wait(lambda: len(heard.of(Final)) == 2)
        mine.end()
        heard.wait(lambda: mine.ended)
        assert heard.texts == ["alpha bravo", "delta echo"]
        assert isinstance(heard.events[-1], Ended)
        assert (mine.received, mine.lag_s, mine.speaking) == (len(AUDIO), 0.0, False)
        value = metrics.registry.get_sample_value
        assert value("realtime_finals_total") == 2
        assert value("realtime_partials_total") == len(heard.of(Partial))
        assert value("realtime_final_latency_seconds_count") == 2
        assert value("realtime_word_latency_seconds_count") == 4
        late_s = value("realtime_word_latency_seconds_sum")
        assert late_s is not None
        assert late_s > 0.0


def test_a_hung_call_costs_no_word() -> None:
    """The engine gives the window to another worker, so the window is taken twice."""
    entered, release, calls, clock = threading.Event(), threading.Event(), [], Clock()

    def hang_once(windows: Sequence[Window]) -> None:
        calls.append(windows)
        if len(calls) == 1:
            entered.set()
            release.wait(PATIENCE_S)

    def load() -> Backend:
        return ScriptedBackend(TALK, before_decode=hang_once)

    options = EngineOptions(watch_interval_s=0.01)
    try:
        with channel(load, options, clock=clock) as (mine, heard, engine):
            play(mine)
            assert entered.wait(PATIENCE_S)
            clock.now += 1_000  # more than any call may take
            mine.end()
            heard.wait(lambda: mine.ended)
            assert heard.texts == ["alpha bravo", "delta echo"]
            assert engine.status().restarts == 1
            release.set()
    finally:
        release.set()


def test_clear_during_a_hung_call_blocks_nothing() -> None:
    entered, release, calls, clock = threading.Event(), threading.Event(), [], Clock()

    def hang_once(windows: Sequence[Window]) -> None:
        calls.append(windows)
        if len(calls) == 1:
            entered.set()
            release.wait(PATIENCE_S)

    def load() -> Backend:
        return ScriptedBackend(TALK, before_decode=hang_once)

    options = EngineOptions(watch_interval_s=0.01)
    try:
        with channel(load, options, clock=clock) as (mine, heard, _):
            mine.receive_audio(AUDIO[:16_000])
            assert entered.wait(PATIENCE_S)
            mine.clear()
            clock.now += 1_000  # more than any call may take
            mine.receive_audio(AUDIO[16_000:])
            mine.end()
            heard.wait(lambda: mine.ended)
            assert heard.texts[-1] == "delta echo"
            release.set()
    finally:
        release.set()


def test_a_request_to_a_full_engine_is_repeated() -> None:
    gate, entered = threading.Event(), threading.Event()

    def wait(_: Sequence[Window]) -> None:
        entered.set()
        gate.wait(PATIENCE_S)

    backend = ScriptedBackend(TALK, before_decode=wait)
    try:
        with channel(backend, EngineOptions(queue_limit=1)) as (mine, heard, engine):
            other = Session(SessionOptions(), make_detector("off"))
            link = ChannelLink(engine, Metrics(), lambda *_: False, lambda: None)
            blocking = [Channel("other", n, other, link) for n in range(1)]
            blocking[0].receive_audio(AUDIO)
            assert entered.wait(PATIENCE_S)
            third = Session(SessionOptions(), make_detector("off"))
            Channel("third", 0, third, link).receive_audio(AUDIO)
            play(mine)
            mine.end()  # no later packet could request it again
            gate.set()
            while not mine.ended:
                mine.ask()
                with heard.news:
                    heard.news.wait(0.01)
            assert heard.texts == ["alpha bravo", "delta echo"]
    finally:
        gate.set()


class Picky(ScriptedBackend):
    """Refuses some options, like a model without a language."""

    def group_key(self, shape: WindowShape) -> Hashable:
        if shape.options.language == "xx":
            raise BadOption("No such language.", field="language")
        return super().group_key(shape)


def test_options_that_the_model_refuses_fail_each_final_and_nothing_waits() -> None:
    with channel(Picky(TALK)) as (mine, heard, _):
        mine.update(DecodeOptions(language="xx"), words=False)
        play(mine)
        mine.end()
        heard.wait(lambda: mine.ended)
        assert not any(heard.texts)
        failures = [event.message for event in heard.events if isinstance(event, Failed)]
        assert failures == ["No such language."] * 2


@pytest.mark.parametrize("fails", [{1}, {1, 2, 3}, set(range(1, 100))], ids=len)
def test_an_error_of_the_model_fails_its_windows(fails: set[int]) -> None:
    calls = []

    def fail(windows: Sequence[Window]) -> None:
        calls.append(windows)
        if len(calls) in fails:
            raise RuntimeError("broken")

    with channel(ScriptedBackend(TALK, before_decode=fail)) as (mine, heard, _):
        play(mine)
        mine.end()
        heard.wait(lambda: mine.ended)
        finals = [event for event in heard.events if isinstance(event, Final)]
        assert [final.id for final in finals] == list(range(len(finals)))
        said = ["alpha bravo", "delta echo"]
        lost = len(said) - sum(text in said for text in heard.texts)
        assert len(heard.of(Failed)) == lost
        assert [text for text in said if text in heard.texts] == [t for t in heard.texts if t]


def test_no_event_follows_a_close() -> None:
    gate, entered = threading.Event(), threading.Event()

    def wait(_: Sequence[Window]) -> None:
        entered.set()
        gate.wait(PATIENCE_S)

    try:
        with channel(ScriptedBackend(TALK, before_decode=wait)) as (mine, heard, engine):
            play(mine)
            assert entered.wait(PATIENCE_S)
            mine.close()
            count = len(heard.events)
            gate.set()
            play(mine)
            mine.end()
        assert engine.status().running == 0
        assert not [e for e in heard.events[count:] if isinstance(e, Final | Partial)]
    finally:
        gate.set()


@pytest.mark.parametrize(
    ("passed_s", "missed"),
    [(3.8, 6), (1.6, 2), (0.0, 0)],
    ids=["as it is spoken", "twice as fast", "all at once"],
)
def test_partials_that_a_busy_model_left_out_are_counted(passed_s: float, missed: int) -> None:
    """Partials are not expected, and so not counted, for audio faster than real time."""
    talk = Script.evenly(" ".join(f"word{n}" for n in range(12)), 0.2)
    audio, held, ready, now = tones(talk), threading.Event(), threading.Event(), [0.0]

    def slow(_: Sequence[Window]) -> None:
        held.set()
        ready.wait(PATIENCE_S)

    try:
        metrics = Metrics()
        backend = ScriptedBackend(talk, before_decode=slow)
        with channel(backend, metrics=metrics, clock=lambda: now[0]) as (mine, heard, _):
            mine.receive_audio(audio[:16_000])
            assert held.wait(PATIENCE_S)  # the model is decoding the first partial
            mine.receive_audio(audio[16_000:])  # 3.8 s, which is 7 hops
            now[0] += passed_s
            ready.set()
            heard.wait(lambda: len(heard.of(Partial)) == 2)
            assert mine.dropped_partials == missed
            counted = metrics.registry.get_sample_value("realtime_dropped_partials_total")
            assert counted == missed
    finally:
        ready.set()


def test_partials_that_never_came_before_a_final_are_counted() -> None:
    held, ready, now = threading.Event(), threading.Event(), [0.0]
    talk = script("alpha bravo/delta echo foxtrot golf hotel", 0.5, 2.5)

    def slow(_: Sequence[Window]) -> None:
        held.set()
        ready.wait(PATIENCE_S)

    try:
        backend = ScriptedBackend(talk, before_decode=slow)
        with channel(backend, clock=lambda: now[0]) as (mine, heard, _):
            mine.receive_audio(tones(talk, 2.0))
            assert held.wait(PATIENCE_S)
            mine.receive_audio(tones(talk, 6.0)[32_000:])
            now[0] += 4.0
            ready.set()
            heard.wait(lambda: heard.texts == ["alpha bravo", "delta echo foxtrot golf hotel"])
            assert mine.dropped_partials >= 3  # the second sentence takes 1.9 s
    finally:
        ready.set()
