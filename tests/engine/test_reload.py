"""Another backend takes over: no request is lost, and a failure changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Hashable

import pytest

from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.engine import Engine
from realtime.errors import Conflict, LoadFailed, NotReady
from realtime.types import WindowShape
from tests.engine.support import PATIENCE_S, SCRIPTS, Gate, caller, running, submit
from tests.waiting import until

OTHERS = {name: Script.evenly(f"{name} again") for name in SCRIPTS if name}


def other(workers: int = 1) -> ScriptedBackend:
    return ScriptedBackend(OTHERS, workers=workers)


def in_thread(engine: Engine, backend: ScriptedBackend) -> threading.Thread:
    thread = threading.Thread(target=engine.reload, args=(lambda: backend,))
    thread.start()
    return thread


def test_later_requests_are_decoded_by_the_new_backend() -> None:
    made: list[ScriptedBackend] = []
    with running(made=made) as engine:
        before, after = caller("a"), caller("a")
        submit(engine, before)
        assert before.text() == "a"
        engine.reload(other)
        assert made[0].closed.is_set()
        submit(engine, after)
        assert after.text() == "a again"
        assert engine.ready


def test_a_running_call_ends_on_the_old_backend_and_waiting_ones_go_to_the_new() -> None:
    gate, made, fresh = Gate(), list[ScriptedBackend](), other()
    with running(gate, made=made) as engine:
        first, second = caller("a"), caller("b")
        submit(engine, first)
        gate.wait_for_call()
        submit(engine, second)
        thread = in_thread(engine, fresh)
        until(lambda: engine._current().backend is fresh)  # before the old one is done
        assert not made[0].closed.is_set()
        gate.open()
        thread.join(PATIENCE_S)
        assert first.text() == "a"
        assert second.text() == "b again"
        assert made[0].closed.is_set()


def test_a_backend_that_cannot_be_loaded_changes_nothing() -> None:
    made: list[ScriptedBackend] = []

    def fail() -> ScriptedBackend:
        raise LoadFailed("no such model")

    with running(made=made) as engine:
        with pytest.raises(LoadFailed, match="no such model"):
            engine.reload(fail)
        later = caller("a")
        submit(engine, later)
        assert later.text() == "a"
        assert not made[0].closed.is_set()
        engine.reload(other)  # and the next one may succeed


def test_a_second_reload_at_the_same_time_is_refused() -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow() -> ScriptedBackend:
        entered.set()
        assert leave.wait(PATIENCE_S)
        return other()

    with running() as engine:
        thread = threading.Thread(target=engine.reload, args=(slow,))
        thread.start()
        assert entered.wait(PATIENCE_S)
        meanwhile = caller("a")
        submit(engine, meanwhile)
        assert meanwhile.text() == "a", "the old one works on"
        with pytest.raises(Conflict) as refused:
            engine.reload(other)
        assert refused.value.http_status == 409
        leave.set()
        thread.join(PATIENCE_S)
        later = caller("a")
        submit(engine, later)
        assert later.text() == "a again"


def test_there_are_as_many_workers_as_the_backend_wants() -> None:
    others = set(threading.enumerate())  # such as those of servers that several tests share
    with running() as engine:
        for workers in (3, 1, 2):
            engine.reload(lambda workers=workers: other(workers))  # type: ignore[misc]
            assert engine.status().workers == workers
            callers = [caller(name) for name in "abcdefgh"]
            submit(engine, *callers)
            assert [w.text() for w in callers] == [f"{name} again" for name in "abcdefgh"]
        new = set(threading.enumerate()) - others
        names = [thread.name for thread in new if thread.name.startswith("engine-worker")]
        assert len(names) <= 3, "those dismissed have ended or are about to"


class Leaving(ScriptedBackend):
    """A backend that is replaced while a batch is formed by its keys."""

    engine: Engine | None = None

    def group_key(self, shape: WindowShape) -> Hashable:
        engine, self.engine = self.engine, None
        if engine is not None:
            engine.reload(other)
        return "all alike"


def test_a_batch_formed_by_keys_of_the_old_backend_is_decoded_one_by_one() -> None:
    gate = Gate()
    with running(gate) as engine:
        held = caller("a")
        submit(engine, held)
        gate.wait_for_call()
        leaving = Leaving(SCRIPTS)
        thread = in_thread(engine, leaving)
        until(lambda: engine._current().backend is leaving)
        callers = [caller(name) for name in "bcd"]
        submit(engine, *callers)
        leaving.engine = engine
        gate.open()
        thread.join(PATIENCE_S)
        assert held.text() == "a"
        assert [w.text() for w in callers] == ["b again", "c again", "d again"]


def test_a_reload_needs_a_loaded_backend() -> None:
    engine = Engine(other)
    with pytest.raises(NotReady):
        engine.reload(other)
    engine.start()
    engine.stop()
    with pytest.raises(NotReady):
        engine.reload(other)
