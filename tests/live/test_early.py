"""Finals decoded before they are due."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from realtime.backends.scripted import Script, ScriptedBackend, ScriptedWord
from realtime.live.channel import Channel, ChannelLink
from realtime.metrics import Metrics
from realtime.types import SAMPLE_RATE, Urgency, Window
from tests.live.support import Heard, channel, new_session
from tests.server.support import PATIENCE_S, script, tones


def test_finals_decoded_ahead_are_counted() -> None:
    metrics, calls, decoded = Metrics(), [], threading.Semaphore(0)

    def count(windows: Sequence[Window]) -> None:
        calls.append(windows)
        decoded.release()

    talk = Script.evenly("alpha bravo charlie", 0.5)
    gap = Script((*talk.words, ScriptedWord("delta", 2.0, 2.5)))
    with channel(ScriptedBackend(gap, before_decode=count), metrics=metrics, early_ms=200) as (
        mine,
        heard,
        engine,
    ):
        sound = tones(gap, 4.0)
        for at in range(0, len(sound), 1_600):
            mine.receive_audio(sound[at : at + 1_600])
            while engine.status().running or sum(engine.status().waiting.values()):
                decoded.acquire(timeout=0.01)
        heard.wait(lambda: bool(heard.texts))
        assert heard.texts == ["alpha bravo charlie delta"]
        value = metrics.registry.get_sample_value
        for outcome in ("given", "dropped"):
            seconds = value("realtime_early_final_seconds_total", {"outcome": outcome})
            assert seconds is not None
            assert seconds > 1.0


def test_a_final_that_is_nearly_due_replaces_a_waiting_partial() -> None:
    held, ready = threading.Event(), threading.Event()
    talk = script("alpha bravo charlie", 0.5)
    sound, end = tones(talk, 4.0), round(talk.words[-1].end_s * SAMPLE_RATE)

    def slow(_: Sequence[Window]) -> None:
        held.set()
        ready.wait(PATIENCE_S)

    backend = ScriptedBackend(talk, before_decode=slow, workers=1)
    with channel(backend, early_ms=200) as (other, _, engine):
        try:
            other.receive_audio(sound[:end])
            assert held.wait(PATIENCE_S)  # the only worker is busy
            link = ChannelLink(engine, Metrics(), Heard().put, lambda: None)
            mine = Channel("another", 3, new_session(early_ms=200), link)
            mine.receive_audio(sound[:end])
            assert engine.status().waiting[Urgency.FIRST_PARTIAL] == 1
            mine.receive_audio(sound[end : end + 6_400])
            assert engine.status().waiting[Urgency.FIRST_PARTIAL] == 0
            assert engine.status().waiting[Urgency.EARLY_FINAL] == 1
            mine.close()
        finally:
            ready.set()  # before the engine stops, which waits for its call
