"""Faults that must not spread: errors of models and sessions, and calls that never end."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from realtime.backends.base import Backend
from realtime.backends.scripted import ScriptedBackend
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.errors import BadOption, DecodeFailed, Draining, LoadFailed, NotReady
from realtime.types import Hypothesis, Window, WindowShape
from tests.engine.support import (
    PATIENCE_S,
    SCRIPTS,
    Caller,
    Clock,
    Gate,
    caller,
    running,
    submit,
    window,
)


def test_only_the_poisoned_window_of_a_batch_fails() -> None:
    gate = Gate()
    with running(gate) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        poisoned, good = caller("b"), [caller(name) for name in "cde"]
        assert poisoned.window is not None
        poisoned.window.samples[7] = np.nan
        submit(engine, good[0], poisoned, *good[1:])
        gate.open(100)
        assert isinstance(poisoned.wait(), DecodeFailed)
        assert [one.text() for one in good] == list("cde")
        after = caller("f")
        submit(engine, after)
        assert after.text() == "f"


def test_a_backend_that_returns_too_few_hypotheses_fails_and_is_kept() -> None:
    class Silent(ScriptedBackend):
        def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
            return super().decode(windows)[:-1]

    engine = Engine(lambda: Silent(SCRIPTS), EngineOptions(watch_interval_s=1e6))
    engine.start()
    for _ in range(2):
        one = caller("a")
        submit(engine, one)
        assert isinstance(one.wait(), DecodeFailed)
    engine.stop()


def test_an_error_in_one_session_does_not_affect_others() -> None:
    def broken() -> WindowShape | None:
        raise KeyError("a bug in the session")

    def refused() -> WindowShape | None:
        raise BadOption("no such language")

    class Broken(Caller):
        def _answer(self, answer: object) -> None:
            super()._answer(answer)  # type: ignore[arg-type]
            raise RuntimeError("a bug in the callback")

    with running() as engine:
        bad_shape, bad_option = Caller("x", shape=broken), Caller("y", shape=refused)
        bad_callback = Broken("z", window=window(prompt="a"))
        submit(engine, bad_shape, bad_option, bad_callback)
        assert isinstance(bad_shape.wait(), DecodeFailed)
        assert isinstance(bad_option.wait(), BadOption)
        assert bad_callback.wait() is not None
        good = caller("b")
        submit(engine, good)
        assert good.text() == "b"


def test_audio_that_cannot_be_taken_fails_only_its_own_request() -> None:
    class Torn(Caller):
        def take(self) -> Window | None:
            raise BufferError("the ring is gone")

    gate = Gate()
    with running(gate) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        torn, good = Torn("x"), caller("b")
        submit(engine, torn, good)
        gate.open(2)
        assert isinstance(torn.wait(), DecodeFailed)
        assert good.text() == "b"


def test_a_call_that_hangs_after_a_failed_batch_costs_the_others_nothing() -> None:
    clock, gate = Clock(), Gate()
    with running(gate, clock=clock) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        poisoned, hangs, good = caller("b"), caller("c"), caller("d")
        assert poisoned.window is not None
        poisoned.window.samples[0] = np.nan
        submit(engine, poisoned, hangs, good)
        gate.hang = lambda windows: [w.options.prompt for w in windows] == ["c"]
        gate.open()
        while gate.calls[-1] != ["c"]:  # after the batch, and the poisoned one alone
            gate.wait_for_call()
        gate.hang = lambda _windows: False
        clock.now += 60.0
        engine.supervise()
        assert hangs.text() == "c"  # the fresh backend does not hang
        assert good.text() == "d"  # although the old call has not ended yet
        assert isinstance(poisoned.wait(), DecodeFailed)


def test_stop_gives_up_on_a_call_that_does_not_end() -> None:
    gate = Gate()
    made: list[ScriptedBackend] = []
    options = EngineOptions(watch_interval_s=1e6, stop_timeout_s=0.01)
    with running(gate, options=options, made=made) as engine:
        hung = caller("a")
        submit(engine, hung)
        gate.wait_for_call()
        engine.stop()
        assert isinstance(hung.wait(), Draining)
    assert made[0].closed.wait(PATIENCE_S)


def test_a_hung_call_is_retried_on_a_new_model_and_the_poisoned_window_fails() -> None:
    clock, gate = Clock(), Gate()
    made: list[ScriptedBackend] = []
    with running(gate, clock=clock, made=made) as engine:
        poison, good = caller("b"), caller("c")
        submit(engine, caller("a"))
        gate.wait_for_call()
        submit(engine, good, poison)
        gate.hang = lambda windows: "b" in [w.options.prompt for w in windows]
        gate.open()
        gate.wait_for_call()  # the good and the poisoned window hung in one call
        clock.now += 19.0
        engine.supervise()
        assert engine.ready  # not yet
        clock.now += 25.0
        engine.supervise()
        assert good.text() == "c"
        while gate.calls[-1] != ["b"]:
            gate.wait_for_call()
        assert poison.answers == []
        clock.now += 25.0
        engine.supervise()
        assert isinstance(poison.wait(), DecodeFailed)
        assert engine.ready
        assert engine.status().restarts == 2
        assert len(made) == 3
        last = caller("d")
        submit(engine, last)
        assert last.text() == "d"
        gate.open(10)
    # Their own threads close the two that hung, once the test releases them.
    assert all(backend.closed.wait(PATIENCE_S) for backend in made)


def test_the_engine_is_not_ready_while_the_model_cannot_be_loaded_again() -> None:
    clock, gate = Clock(), Gate()
    broken = threading.Event()

    def factory() -> Backend:
        if broken.is_set():
            raise LoadFailed("no memory")
        return ScriptedBackend(SCRIPTS, before_decode=gate)

    engine = Engine(factory, EngineOptions(watch_interval_s=1e6), clock=clock)
    engine.start()
    hung, waiting = caller("a"), caller("b")
    submit(engine, hung)
    gate.wait_for_call()
    submit(engine, waiting)
    broken.set()
    clock.now += 60.0
    engine.supervise()
    assert isinstance(hung.wait(), DecodeFailed)
    assert not engine.ready
    engine.supervise()  # too early for another try
    broken.clear()
    clock.now += 60.0
    gate.open(10)
    engine.supervise()
    assert engine.ready
    assert waiting.text() == "b"
    engine.stop()


def test_the_engine_is_not_ready_where_requests_wait_and_none_succeeds() -> None:
    clock, gate = Clock(), Gate()
    with running(gate, clock=clock) as engine:
        submit(engine, caller("a"))
        gate.wait_for_call()
        late = caller("b")
        submit(engine, late)
        assert engine.ready
        clock.now += 31.0
        assert not engine.ready
        assert engine.status().oldest_wait_s == 31.0
        gate.open(2)
        late.wait()
        assert engine.ready


def test_a_model_that_cannot_be_loaded_is_reported_with_the_reason() -> None:
    def factory() -> Backend:
        raise RuntimeError("bad magic")

    engine = Engine(factory)
    with pytest.raises(LoadFailed, match="bad magic"):
        engine.start()
    assert not engine.ready
    with pytest.raises(NotReady):
        _ = engine.info


def test_a_model_that_fails_its_self_test_is_closed() -> None:
    backend = ScriptedBackend(SCRIPTS)

    def refuse(_backend: Backend) -> None:
        raise LoadFailed("returned no text")

    with pytest.raises(LoadFailed, match="returned no text"):
        Engine(lambda: backend, self_test=refuse).start()
    assert backend.closed.is_set()


def test_the_watchdog_thread_supervises_by_itself() -> None:
    clock, gate = Clock(), Gate()
    options = EngineOptions(watch_interval_s=0.001)
    with running(gate, options=options, clock=clock) as engine:
        hung = caller("a")
        submit(engine, hung)
        gate.wait_for_call()
        gate.hang = lambda _windows: False
        clock.now += 60.0
        assert hung.text() == "a"  # from the new backend
        assert engine.status().restarts == 1
