from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest

from realtime.backends.base import Backend
from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.errors import BadOption, DecodeFailed, Draining, LoadFailed, NotReady, Overloaded
from realtime.metrics import Metrics
from realtime.types import Hypothesis, Urgency, Window, WindowShape
from tests.engine.support import PATIENCE_S, Clock, Wish, window

SCRIPTS = {"": Script.evenly("so it is"), **{n: Script.evenly(n) for n in "abcdefgh"}}


class Gate:
    """A hook for the scripted backend: calls stop here until the test lets them on."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.entered = threading.Semaphore(0)
        self._passes = threading.Semaphore(0)
        self.hang: Callable[[Sequence[Window]], bool] = lambda _windows: True

    def __call__(self, windows: Sequence[Window]) -> None:
        self.calls.append([w.options.prompt for w in windows])
        self.entered.release()
        if self.hang(windows):
            assert self._passes.acquire(timeout=PATIENCE_S)

    def wait_for_call(self) -> None:
        assert self.entered.acquire(timeout=PATIENCE_S)

    def open(self, calls: int = 1) -> None:
        for _ in range(calls):
            self._passes.release()


@contextmanager
def running(
    hook: Callable[[Sequence[Window]], None] | None = None,
    *,
    options: EngineOptions | None = None,
    clock: Clock | None = None,
    metrics: Metrics | None = None,
    workers: int = 1,
    made: list[ScriptedBackend] | None = None,
) -> Iterator[Engine]:
    def factory() -> ScriptedBackend:
        backend = ScriptedBackend(SCRIPTS, before_decode=hook, workers=workers)
        if made is not None:
            made.append(backend)
        return backend

    # The watchdog's own thread stays out of it: tests call `supervise` themselves.
    options = options or EngineOptions(watch_interval_s=1e6, stop_timeout_s=PATIENCE_S)
    engine = Engine(factory, options, metrics, clock=clock or Clock())
    engine.start()
    try:
        yield engine
    finally:
        if isinstance(hook, Gate):
            hook.open(1000)
        engine.stop()


def wish(name: str, urgency: Urgency = Urgency.PARTIAL, **kw: object) -> Wish:
    return Wish(name, urgency, window=window(prompt=name), **kw)  # type: ignore[arg-type]


def submit(engine: Engine, *wishes: Wish) -> None:
    for one in wishes:
        engine.submit(one.request())


# ---- the main way


def test_it_answers() -> None:
    with running() as engine:
        one = wish("a")
        submit(engine, one)
        assert one.text() == "a"
        assert engine.ready
        assert engine.info.backend == "scripted"
        assert engine.policy.margin_s == 0.0


async def test_decode_waits_for_the_text() -> None:
    with running() as engine:
        hypothesis = await engine.decode(window(prompt="b"), Urgency.FINAL)
        assert hypothesis.text == "b"


def test_what_waits_forms_batches_while_the_model_is_busy() -> None:
    gate = Gate()
    with running(gate) as engine:
        first = wish("a")
        submit(engine, first)
        gate.wait_for_call()
        others = [wish(name) for name in "bcdef"]
        submit(engine, *others)
        assert engine.status().waiting[Urgency.PARTIAL] == 5
        gate.open(3)
        assert [one.text() for one in [first, *others]] == list("abcdef")
        assert gate.calls == [["a"], ["b", "c", "d", "e"], ["f"]]


def test_finals_overtake_what_waits() -> None:
    gate = Gate()
    with running(gate) as engine:
        submit(engine, wish("a"))
        gate.wait_for_call()
        late = [wish("b", Urgency.FILE), wish("c"), wish("d", Urgency.FIRST_PARTIAL)]
        for one in late:
            one.window = window(prompt=str(one.stream), final=False)
        final = wish("e", Urgency.FINAL)
        submit(engine, *late, final)
        gate.open(10)
        assert final.text() == "e"
        assert [one.text() for one in late] == list("bcd")
        assert gate.calls == [["a"], ["e"], ["d", "c", "b"]]


def test_audio_is_taken_when_the_model_is_free_not_before() -> None:
    gate = Gate()
    with running(gate) as engine:
        submit(engine, wish("a"))
        gate.wait_for_call()
        one = wish("b")
        submit(engine, one)
        one.window = window(prompt="c")  # what the stream has meanwhile
        gate.open(2)
        assert one.text() == "c"


def test_workers_share_what_waits() -> None:
    gate = Gate()
    with running(gate, workers=2) as engine:
        submit(engine, wish("a"), wish("b"))
        gate.wait_for_call()
        gate.wait_for_call()
        assert sorted(gate.calls) == [["a"], ["b"]]
        assert engine.status().running == 2


def test_a_renewed_wish_replaces_the_one_that_waits() -> None:
    gate = Gate()
    with running(gate) as engine:
        submit(engine, wish("a"))
        gate.wait_for_call()
        old, new = wish("b"), wish("b")
        submit(engine, old, new)
        gate.open(2)
        assert new.text() == "b"
        assert old.answers == []


def test_a_second_wish_of_a_running_stream_waits_until_the_first_is_done() -> None:
    gate = Gate()
    with running(gate, workers=2) as engine:
        first, second = wish("a"), wish("a", Urgency.FINAL)
        submit(engine, first)
        gate.wait_for_call()
        submit(engine, second)
        assert engine.status().waiting[Urgency.FINAL] == 1
        assert gate.calls == [["a"]]
        gate.open()
        assert first.text() == "a"
        gate.open()
        assert second.text() == "a"


def test_a_wish_that_vanished_is_told_so() -> None:
    with running() as engine:
        no_shape = Wish("a", window=None)
        no_window = Wish("b", window=None, shape=lambda: WindowShape(16000, True, window().options))
        submit(engine, no_shape, no_window)
        assert no_shape.wait() is None
        assert no_window.wait() is None


# ---- cancel, overload, stop


def test_cancel_drops_what_waits_and_what_runs() -> None:
    gate = Gate()
    with running(gate) as engine:
        runs, waits, after = wish("a"), wish("b"), wish("c")
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


def test_a_cancelled_stream_may_begin_again() -> None:
    gate = Gate()
    with running(gate) as engine:
        first, second = wish("a"), wish("a")
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


def test_a_full_queue_refuses() -> None:
    gate = Gate()
    options = EngineOptions(queue_limit=1, watch_interval_s=1e6)
    with running(gate, options=options) as engine:
        submit(engine, wish("a"))
        gate.wait_for_call()
        waits, refused = wish("b"), wish("c")
        submit(engine, waits, refused)
        assert isinstance(refused.wait(), Overloaded)
        gate.open(2)
        assert waits.text() == "b"


def test_stop_finishes_what_runs_and_fails_what_waits() -> None:
    gate = Gate()
    made: list[ScriptedBackend] = []
    with running(gate, made=made) as engine:
        runs, waits, late = wish("a"), wish("b"), wish("c")
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


# ---- what goes wrong


def test_only_the_poisoned_window_of_a_batch_fails() -> None:
    gate = Gate()
    with running(gate) as engine:
        submit(engine, wish("a"))
        gate.wait_for_call()
        poisoned, good = wish("b"), [wish(name) for name in "cde"]
        assert poisoned.window is not None
        poisoned.window.samples[7] = np.nan
        submit(engine, good[0], poisoned, *good[1:])
        gate.open(100)
        assert isinstance(poisoned.wait(), DecodeFailed)
        assert [one.text() for one in good] == list("cde")
        after = wish("f")
        submit(engine, after)
        assert after.text() == "f"


def test_a_backend_that_answers_too_little_fails_and_stays() -> None:
    class Silent(ScriptedBackend):
        def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
            return super().decode(windows)[:-1]

    engine = Engine(lambda: Silent(SCRIPTS), EngineOptions(watch_interval_s=1e6))
    engine.start()
    for _ in range(2):
        one = wish("a")
        submit(engine, one)
        assert isinstance(one.wait(), DecodeFailed)
    engine.stop()


def test_a_session_that_raises_fails_alone() -> None:
    def broken() -> WindowShape | None:
        raise KeyError("a bug in the session")

    def refused() -> WindowShape | None:
        raise BadOption("no such language")

    class Broken(Wish):
        def _answer(self, answer: object) -> None:
            super()._answer(answer)  # type: ignore[arg-type]
            raise RuntimeError("a bug in the callback")

    with running() as engine:
        bad_shape, bad_option = Wish("x", shape=broken), Wish("y", shape=refused)
        bad_callback = Broken("z", window=window(prompt="a"))
        submit(engine, bad_shape, bad_option, bad_callback)
        assert isinstance(bad_shape.wait(), DecodeFailed)
        assert isinstance(bad_option.wait(), BadOption)
        assert bad_callback.wait() is not None
        good = wish("b")
        submit(engine, good)
        assert good.text() == "b"


def test_a_hung_call_is_replaced_retried_and_the_poison_fails() -> None:
    clock, gate = Clock(), Gate()
    made: list[ScriptedBackend] = []
    with running(gate, clock=clock, made=made) as engine:
        poison, good = wish("b"), wish("c")
        submit(engine, wish("a"))
        gate.wait_for_call()
        submit(engine, good, poison)
        gate.hang = lambda windows: "b" in [w.options.prompt for w in windows]
        gate.open()
        gate.wait_for_call()  # good and poison, in one call, hung
        clock.now += 9.0
        engine.supervise()
        assert engine.ready  # not yet
        clock.now += 15.0
        engine.supervise()
        assert good.text() == "c"
        while gate.calls[-1] != ["b"]:
            gate.wait_for_call()
        assert poison.answers == []
        clock.now += 15.0
        engine.supervise()
        assert isinstance(poison.wait(), DecodeFailed)
        assert engine.ready
        assert engine.status().restarts == 2
        assert len(made) == 3
        last = wish("d")
        submit(engine, last)
        assert last.text() == "d"
        gate.open(10)
    # The two that hung are closed by their own threads, once these are let go.
    assert all(backend.closed.wait(PATIENCE_S) for backend in made)


def test_not_ready_while_the_model_cannot_be_loaded_again() -> None:
    clock, gate = Clock(), Gate()
    broken = threading.Event()

    def factory() -> Backend:
        if broken.is_set():
            raise LoadFailed("no memory")
        return ScriptedBackend(SCRIPTS, before_decode=gate)

    engine = Engine(factory, EngineOptions(watch_interval_s=1e6), clock=clock)
    engine.start()
    hung, waiting = wish("a"), wish("b")
    submit(engine, hung)
    gate.wait_for_call()
    submit(engine, waiting)
    broken.set()
    clock.now += 60.0
    engine.supervise()
    assert isinstance(hung.wait(), DecodeFailed)
    assert not engine.ready
    engine.supervise()  # too early to try again
    broken.clear()
    clock.now += 60.0
    gate.open(10)
    engine.supervise()
    assert engine.ready
    assert waiting.text() == "b"
    engine.stop()


def test_not_ready_where_requests_wait_and_nothing_succeeds() -> None:
    clock, gate = Clock(), Gate()
    with running(gate, clock=clock) as engine:
        submit(engine, wish("a"))
        gate.wait_for_call()
        late = wish("b")
        submit(engine, late)
        assert engine.ready
        clock.now += 31.0
        assert not engine.ready
        assert engine.status().oldest_wait_s == 31.0
        gate.open(2)
        late.wait()
        assert engine.ready


def test_what_cannot_be_loaded_says_why() -> None:
    def factory() -> Backend:
        raise RuntimeError("bad magic")

    engine = Engine(factory)
    with pytest.raises(LoadFailed, match="bad magic"):
        engine.start()
    assert not engine.ready
    with pytest.raises(NotReady):
        _ = engine.info


def test_a_model_that_fails_its_test_is_closed_again() -> None:
    backend = ScriptedBackend(SCRIPTS)

    def refuse(_backend: Backend) -> None:
        raise LoadFailed("hears nothing")

    with pytest.raises(LoadFailed, match="hears nothing"):
        Engine(lambda: backend, self_test=refuse).start()
    assert backend.closed.is_set()


# ---- what it tells


def test_it_counts() -> None:
    metrics = Metrics()
    with running(metrics=metrics) as engine:
        one = wish("a", Urgency.FINAL)
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
        submit(engine, wish("a"))
        gate.wait_for_call()
        clock.now += 5.0
        assert 0.5 < engine.status().busy_ratio < 0.7


def test_the_watchdog_runs_by_itself() -> None:
    clock, gate = Clock(), Gate()
    options = EngineOptions(watch_interval_s=0.001)
    with running(gate, options=options, clock=clock) as engine:
        hung = wish("a")
        submit(engine, hung)
        gate.wait_for_call()
        gate.hang = lambda _windows: False
        clock.now += 60.0
        assert hung.text() == "a"  # from the fresh backend
        assert engine.status().restarts == 1
