"""How many streams are admitted: as many as the model can keep up with on this machine."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import ExitStack

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from realtime.app.backends import load_faster_whisper
from realtime.app.capacity import SECOND_PASS_FACTOR, StreamCapacity
from realtime.backends.base import Backend
from realtime.engine.demand import TYPICAL_FINAL_S
from realtime.metrics import Metrics
from realtime.settings import Settings
from realtime.types import Urgency
from realtime.weights.resolve import ResolvedModel
from tests.engine.support import PATIENCE_S, Caller, Clock, Gate, running, submit, window
from tests.serving import serving
from tests.wrapped_backend import WrappedBackend


def final(name: str) -> Caller:
    return Caller(name, Urgency.FINAL, window=window(TYPICAL_FINAL_S, prompt=name))


def a_second(_key: Hashable, windows: int) -> float:
    """Includes windows that are decoded again."""
    return windows / SECOND_PASS_FACTOR


class Slow(WrappedBackend):
    """Expects each window to take a second."""

    def cost_s(self, key: Hashable, batch: int) -> float:
        return a_second(key, batch)


def test_capacity_is_estimated_at_first_and_measured_later() -> None:
    clock, gate, metrics = Clock(), Gate(), Metrics()
    with running(gate, clock=clock, cost_s=a_second) as engine:
        capacity = StreamCapacity(engine, metrics, 0, lambda: 1, clock)
        assert capacity.streams() == 2
        assert metrics.registry.get_sample_value("realtime_sessions_capacity") == 2.0
        assert [capacity.full(streams) for streams in (1, 2)] == [False, True]
        for name in "abcdefgh":  # the machine is four times faster than it was
            one = final(name)
            submit(engine, one)
            gate.wait_for_call()
            clock.now += 0.25
            metrics.audio_seconds.inc(TYPICAL_FINAL_S)
            gate.open()
            one.wait()
        clock.now += 1.0
        assert capacity.streams() == 6


def test_the_server_is_full_while_finals_wait_too_long() -> None:
    clock, gate = Clock(), Gate()
    with running(
        gate, clock=clock, cost_s=lambda _key, windows: 0.5 * a_second(_key, windows)
    ) as engine:
        capacity = StreamCapacity(engine, Metrics(), 0, lambda: 1, clock)
        submit(engine, final("a"))
        gate.wait_for_call()
        submit(engine, *(final(name) for name in "bcde"))
        assert not capacity.full(1)  # 4 x 0.5 s
        submit(engine, final("f"))
        assert capacity.full(1)
        gate.open(10)


def test_a_configured_limit_is_the_capacity() -> None:
    with running(cost_s=a_second) as engine:
        assert StreamCapacity(engine, Metrics(), 12, lambda: 1).streams() == 12


def test_a_model_without_cost_takes_any_number() -> None:
    with running() as engine:
        capacity = StreamCapacity(engine, Metrics(), 0, lambda: 1)
        assert capacity.streams() == 0
        assert not capacity.full(10_000)
    assert capacity.streams() == 0, "nor is there a limit without a model: nobody is let in then"


def test_one_stream_too_many_is_refused_with_a_time_to_try_again() -> None:
    def load(resolved: ResolvedModel, settings: Settings) -> Backend:
        return Slow(load_faster_whisper(resolved, settings))

    settings = Settings(port=0, model="bundled", max_sessions=0, cpu_workers=1)
    with serving(settings, load) as served, ExitStack() as streams:
        for _ in range(2):
            streams.enter_context(connect(served.url, open_timeout=PATIENCE_S))
        with pytest.raises(InvalidStatus) as refused, connect(served.url, open_timeout=PATIENCE_S):
            pass
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["Retry-After"]
        assert served.metric("sessions_capacity") == 2.0
