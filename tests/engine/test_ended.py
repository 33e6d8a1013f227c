"""Models in a process of their own, which may end or be ended at any moment."""

from __future__ import annotations

import threading

import numpy as np

from realtime.backends.base import Backend
from realtime.backends.scripted import ScriptedBackend
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.errors import DecodeFailed
from tests.engine.support import PATIENCE_S, SCRIPTS, Caller, Clock, Gate, caller, running, submit
from tests.waiting import until


def ends_with(engine: Engine, backends: list[ScriptedBackend], gate: Gate, one: Caller) -> None:
    """Submit; the model ends when it has received the window."""
    submit(engine, one)
    gate.wait_for_call()
    backends[-1].killed.set()
    gate.open()


def test_a_window_is_retried_once_where_the_model_ended_on_it_alone() -> None:
    gate, made = Gate(), list[ScriptedBackend]()
    with running(gate, made=made) as engine:
        one, waiting = caller("a"), caller("b")
        ends_with(engine, made, gate, one)
        until(lambda: not engine.ready)
        submit(engine, waiting)  # given to no worker, since none could decode it
        assert gate.calls == [["a"]]
        gate.open(2)
        engine.supervise()
        assert one.text() == "a"
        assert waiting.text() == "b"
        assert engine.ready
        assert len(made) == 2
        assert made[0].closed.wait(PATIENCE_S)
        assert engine.status().restarts == 0, "nothing hung"


def test_a_window_on_which_the_model_ends_twice_fails() -> None:
    gate, made = Gate(), list[ScriptedBackend]()
    with running(gate, made=made) as engine:
        poison = caller("a")
        ends_with(engine, made, gate, poison)
        until(lambda: not engine.ready)
        engine.supervise()
        until(lambda: len(gate.calls) == 2)
        made[-1].killed.set()
        gate.open()
        until(lambda: not engine.ready)
        engine.supervise()
        failed = poison.wait()
        assert isinstance(failed, DecodeFailed)
        assert "twice" in failed.message
        good = caller("b")
        submit(engine, good)
        gate.open()
        assert good.text() == "b"


def test_only_windows_that_the_model_had_count_as_tried() -> None:
    gate, made = Gate(), list[ScriptedBackend]()
    with running(gate, made=made) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        poisoned, ends, waits = caller("b"), caller("c"), caller("d")
        assert poisoned.window is not None
        poisoned.window.samples[0] = np.nan
        submit(engine, poisoned, ends, waits)
        gate.open(3)  # a; then all three, which fail; then the poisoned one alone
        until(lambda: gate.calls.count(["c"]) == 1)
        made[-1].killed.set()
        gate.open()
        until(lambda: not engine.ready)
        engine.supervise()
        until(lambda: gate.calls.count(["c"]) == 2)
        made[-1].killed.set()
        gate.open()
        until(lambda: not engine.ready)
        gate.open(10)
        engine.supervise()
        assert isinstance(ends.wait(), DecodeFailed)
        assert waits.text() == "d"


def test_a_model_that_ended_during_silence_is_replaced_before_the_next_speech() -> None:
    made = list[ScriptedBackend]()
    with running(made=made) as engine:
        made[0].killed.set()
        engine.supervise()
        assert len(made) == 2
        assert engine.ready
        one = caller("a")
        submit(engine, one)
        assert one.text() == "a"


def test_a_hung_model_is_ended_before_another_is_loaded() -> None:
    clock, gate, made = Clock(), Gate(), list[ScriptedBackend]()
    killed_at_load: list[bool] = []

    def factory() -> Backend:
        killed_at_load.extend(backend.lost for backend in made)
        made.append(ScriptedBackend(SCRIPTS, before_decode=gate))
        return made[-1]

    engine = Engine(factory, EngineOptions(watch_interval_s=1e6), clock=clock)
    engine.start()
    hung = caller("a")
    submit(engine, hung)
    gate.wait_for_call()
    clock.now += 60.0
    engine.supervise()
    assert killed_at_load == [True]
    gate.open(2)
    assert hung.text() == "a"
    assert made[0].closed.wait(PATIENCE_S)
    engine.stop()


def test_a_long_load_is_no_hung_call() -> None:
    clock, gate, made = Clock(), Gate(), list[ScriptedBackend]()
    loading, loaded = threading.Event(), threading.Event()

    def factory() -> Backend:
        if made:
            loading.set()
            assert loaded.wait(PATIENCE_S)
        made.append(ScriptedBackend(SCRIPTS, before_decode=gate))
        return made[-1]

    engine = Engine(factory, EngineOptions(watch_interval_s=1e6), clock=clock)
    engine.start()
    one = caller("a")
    ends_with(engine, made, gate, one)
    until(lambda: not engine.ready)
    watchdog = threading.Thread(target=engine.supervise)
    watchdog.start()
    assert loading.wait(PATIENCE_S)
    clock.now += 600.0
    engine.supervise()  # loads no second one at the same time
    assert engine.status().restarts == 0
    loaded.set()
    watchdog.join(PATIENCE_S)
    gate.open()
    assert one.text() == "a"
    assert len(made) == 2
    engine.stop()


def test_a_call_whose_model_ends_after_it_was_replaced_is_retried_on_the_new_one() -> None:
    gate, made = Gate(), list[ScriptedBackend]()
    with running(gate, made=made) as engine:
        one = caller("a")
        submit(engine, one)
        gate.wait_for_call()
        thread = threading.Thread(target=engine.reload, args=(lambda: ScriptedBackend(SCRIPTS),))
        thread.start()
        until(lambda: engine._current().backend is not made[0])
        made[0].killed.set()
        gate.open()
        assert one.text() == "a"
        thread.join(PATIENCE_S)
        assert engine.ready
