from __future__ import annotations

import asyncio
import threading

import pytest

from realtime.backends.scripted import ScriptedBackend
from realtime.engine.options import EngineOptions
from realtime.errors import Draining, NotReady, Overloaded
from realtime.metrics import Metrics
from realtime.types import Urgency, WindowShape
from tests.engine.support import (
    PATIENCE_S,
    Caller,
    Clock,
    Gate,
    caller,
    running,
    submit,
    window,
)

# ---- results


def test_a_request_gets_its_text() -> None:
    with running() as engine:
        one = caller("a")
        submit(engine, one)
        assert one.text() == "a"
        assert engine.ready
        assert engine.info.backend == "scripted"
        assert engine.traits.file_silence_s == 3.0


async def test_decode_waits_for_the_text() -> None:
    with running() as engine:
        hypothesis = await engine.decode(window(prompt="b"), Urgency.FINAL)
        assert hypothesis.text == "b"


def test_waiting_requests_form_batches_while_the_model_is_busy() -> None:
    gate = Gate()
    with running(gate) as engine:
        first = caller("a")
        submit(engine, first)
        gate.wait_for_call()
        others = [caller(name) for name in "bcdef"]
        submit(engine, *others)
        assert engine.status().waiting[Urgency.PARTIAL] == 5
        gate.open(3)
        assert [one.text() for one in [first, *others]] == list("abcdef")
        assert gate.calls == [["a"], ["b", "c", "d", "e"], ["f"]]


def test_finals_overtake_waiting_requests() -> None:
    gate = Gate()
    with running(gate) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        late = [caller("b", Urgency.FILE), caller("c"), caller("d", Urgency.FIRST_PARTIAL)]
        for one in late:
            one.window = window(prompt=str(one.stream), final=False)
        final = caller("e", Urgency.FINAL)
        submit(engine, *late, final)
        gate.open(10)
        assert final.text() == "e"
        assert [one.text() for one in late] == list("bcd")
        assert gate.calls == [["a"], ["e"], ["d", "c"], ["b"]]


def test_audio_is_taken_only_when_the_model_is_free() -> None:
    gate = Gate()
    with running(gate) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        one = caller("b")
        submit(engine, one)
        one.window = window(prompt="c")  # the audio that the stream has by then
        gate.open(2)
        assert one.text() == "c"


def test_workers_share_the_waiting_requests() -> None:
    gate = Gate()
    with running(gate, workers=2) as engine:
        submit(engine, caller("a"), caller("b"))
        gate.wait_for_call()
        gate.wait_for_call()
        assert sorted(gate.calls) == [["a"], ["b"]]
        assert engine.status().running == 2


def test_a_file_leaves_one_worker_for_the_next_speaker() -> None:
    gate = Gate()
    with running(gate, workers=2, file_workers=1) as engine:
        spoken = caller("a")  # somebody speaks
        submit(engine, spoken)
        gate.wait_for_call()
        gate.open()
        assert spoken.text() == "a"  # no call of the files used the opened gate
        files = [caller(name, Urgency.FILE) for name in "bcdefg"]
        submit(engine, *files)
        gate.wait_for_call()
        final = caller("h", Urgency.FINAL)
        submit(engine, final)
        gate.wait_for_call()  # at once, though the file's windows still run
        assert gate.calls[1][0] == "b"
        assert gate.calls[2] == ["h"]
        gate.open(10)
        assert [one.text() for one in [*files, final]] == list("bcdefgh")


def test_live_streams_may_use_the_workers_of_files_until_a_file_comes() -> None:
    gate = Gate()
    with running(gate, workers=2, file_workers=1) as engine:
        live = [caller("a"), caller("b")]
        for one in live:
            submit(engine, one)
            gate.wait_for_call()
        file, partial = caller("c", Urgency.FILE), caller("d")
        submit(engine, file, partial)
        gate.open()
        gate.wait_for_call()
        assert gate.calls[2] == ["c"]
        gate.open(10)
        assert [one.text() for one in [*live, file, partial]] == list("abcd")


def test_a_final_may_use_the_worker_of_files() -> None:
    gate = Gate()
    with running(gate, workers=2, file_workers=1) as engine:
        live = [caller("a"), caller("b")]
        for one in live:
            submit(engine, one)
            gate.wait_for_call()
        file, final = caller("c", Urgency.FILE), caller("d", Urgency.FINAL)
        submit(engine, file, final)
        gate.open()
        gate.wait_for_call()
        assert gate.calls[2] == ["d"]
        gate.open(10)
        assert [one.text() for one in [*live, file, final]] == list("abcd")


def test_some_of_a_files_last_windows_are_left_to_a_worker_that_is_free_soon() -> None:
    gate = Gate()
    with running(gate, workers=2, cost_s=lambda _key, windows: windows / 4) as engine:
        files = [caller(name, Urgency.FILE) for name in "abcdef"]
        for one in files[:2]:
            submit(engine, one)
            gate.wait_for_call()
        submit(engine, *files[2:])
        gate.open()
        gate.wait_for_call()
        assert gate.calls == [["a"], ["b"], ["c", "d", "e"]]  # `f` when the other one is free
        gate.open(10)
        assert [one.text() for one in files] == list("abcdef")


def test_files_use_all_workers_while_nobody_speaks() -> None:
    gate = Gate()
    with running(gate, workers=2, file_workers=1) as engine:
        files = [caller(name, Urgency.FILE) for name in "abcdefgh"]
        submit(engine, *files)
        gate.wait_for_call()
        gate.wait_for_call()
        gate.open(10)
        assert [one.text() for one in files] == list("abcdefgh")


def test_a_renewed_request_replaces_the_waiting_one() -> None:
    gate = Gate()
    with running(gate) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        old, new = caller("b"), caller("b")
        submit(engine, old, new)
        gate.open(2)
        assert new.text() == "b"
        assert old.answers == []


def test_the_second_request_of_a_stream_waits_until_the_first_is_done() -> None:
    gate = Gate()
    with running(gate, workers=2) as engine:
        first, second = caller("a"), caller("a", Urgency.FINAL)
        submit(engine, first)
        gate.wait_for_call()
        submit(engine, second)
        assert engine.status().waiting[Urgency.FINAL] == 1
        assert gate.calls == [["a"]]
        gate.open()
        assert first.text() == "a"
        gate.open()
        assert second.text() == "a"


def test_a_request_that_vanished_is_told_so() -> None:
    with running() as engine:
        no_shape = Caller("a", window=None)
        no_window = Caller(
            "b", window=None, shape=lambda: WindowShape(16000, True, window().options)
        )
        submit(engine, no_shape, no_window)
        assert no_shape.wait() is None
        assert no_window.wait() is None


# ---- cancel, overload, stop


def test_cancel_drops_waiting_and_running_requests() -> None:
    gate = Gate()
    with running(gate) as engine:
        runs, waits, after = caller("a"), caller("b"), caller("c")
        submit(engine, runs)
        gate.wait_for_call()
        submit(engine, waits, after)
        engine.cancel("a")
        engine.cancel("b")
        engine.cancel("nobody")
        gate.open(2)
        assert after.text() == "c"
        assert runs.answers == waits.answers == []
        assert gate.calls == [["a"], ["c"]]


def test_a_cancelled_stream_may_submit_again() -> None:
    gate = Gate()
    with running(gate) as engine:
        first, second = caller("a"), caller("a")
        submit(engine, first)
        gate.wait_for_call()
        engine.cancel("a")
        submit(engine, second)
        gate.open(2)
        assert second.text() == "a"
        assert first.answers == []


async def test_a_cancelled_decode_is_dropped() -> None:
    gate = Gate()
    with running(gate) as engine:
        task = asyncio.create_task(engine.decode(window(prompt="a")))
        await asyncio.to_thread(gate.wait_for_call)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.open(2)
        assert (await engine.decode(window(prompt="b"))).text == "b"


def test_a_full_queue_refuses_requests() -> None:
    gate = Gate()
    options = EngineOptions(queue_limit=1, watch_interval_s=1e6)
    with running(gate, options=options) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        waits, refused = caller("b"), caller("c")
        submit(engine, waits, refused)
        assert isinstance(refused.wait(), Overloaded)
        gate.open(2)
        assert waits.text() == "b"


def test_stop_finishes_running_calls_and_fails_waiting_requests() -> None:
    gate = Gate()
    made: list[ScriptedBackend] = []
    with running(gate, made=made) as engine:
        runs, waits, late = caller("a"), caller("b"), caller("c")
        submit(engine, runs)
        gate.wait_for_call()
        submit(engine, waits)
        stopping = threading.Thread(target=engine.stop)
        stopping.start()
        assert isinstance(waits.wait(), Draining)
        assert not engine.ready
        gate.open()
        stopping.join(PATIENCE_S)
        assert runs.text() == "a"
        submit(engine, late)
        assert isinstance(late.wait(), Draining)
        assert made[0].closed.is_set()
        with pytest.raises(NotReady):
            _ = engine.info


# ---- metrics


def test_requests_are_counted() -> None:
    metrics = Metrics()
    with running(metrics=metrics) as engine:
        one = caller("a", Urgency.FINAL)
        submit(engine, one)
        one.wait()
        assert engine.status().passes == 1
        assert engine.status().last_success_age_s == 0.0
    text = metrics.render().decode()
    assert "realtime_passes_total 1.0" in text
    assert "realtime_decoded_seconds_total 2.0" in text
    assert 'realtime_inference_seconds_count{kind="final"} 1.0' in text
    assert 'realtime_queue_wait_seconds_count{urgency="final"} 1.0' in text


def test_the_busy_ratio_rises_while_it_decodes() -> None:
    clock, gate = Clock(), Gate()
    with running(gate, clock=clock) as engine:
        assert engine.status().busy_ratio == 0.0
        submit(engine, caller("a"))
        gate.wait_for_call()
        clock.now += 5.0
        assert 0.5 < engine.status().busy_ratio < 0.7
