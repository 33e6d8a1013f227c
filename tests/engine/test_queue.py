from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from realtime.engine.queue import RequestQueue
from realtime.errors import Overloaded
from realtime.types import Urgency
from tests.engine.support import Caller


def streams(queue: RequestQueue, now: float = 110.0) -> list[object]:
    return [request.stream for request in queue.ranked(now)]


def test_classes_are_taken_in_order() -> None:
    queue = RequestQueue()
    for urgency in reversed(Urgency):
        queue.put(Caller(urgency.name, urgency, deadline=1.0).request())
    assert streams(queue) == ["FINAL", "EARLY_FINAL", "FIRST_PARTIAL", "PARTIAL", "FILE"]
    assert queue.counts() == dict.fromkeys(Urgency, 1)


def test_finals_are_ordered_by_deadline_and_those_without_one_come_last() -> None:
    queue = RequestQueue()
    for name, deadline in (("none", None), ("late", 9.0), ("soon", 5.0)):
        queue.put(Caller(name, Urgency.FINAL, deadline=deadline).request())
    assert streams(queue) == ["soon", "late", "none"]


def test_first_partials_are_ordered_by_age() -> None:
    queue = RequestQueue()
    for name, requested_at in (("young", 103.0), ("old", 101.0)):
        queue.put(Caller(name, Urgency.FIRST_PARTIAL, requested_at).request())
    assert streams(queue) == ["old", "young"]


def test_partials_are_ordered_by_lateness_over_cadence() -> None:
    queue = RequestQueue()
    queue.put(
        Caller("slow", requested_at=100.0, cadence_s=4.0).request()
    )  # 10 s late: 2.5 cadences
    queue.put(Caller("fast", requested_at=105.0, cadence_s=1.0).request())  # 5 s late: 5 cadences
    assert streams(queue, now=110.0) == ["fast", "slow"]


def test_a_new_request_replaces_the_old_one_and_keeps_its_position() -> None:
    queue = RequestQueue()
    first = Caller("a", requested_at=100.0).request()
    queue.put(first)
    queue.put(Caller("b", requested_at=101.0).request())
    renewed = Caller("a", requested_at=109.0).request()
    queue.put(renewed)
    assert len(queue) == 2
    assert queue.ranked(110.0)[0] is renewed
    assert not queue.start(first)


def test_a_partial_that_becomes_a_final_changes_its_class() -> None:
    queue = RequestQueue()
    queue.put(Caller("a").request())
    queue.put(Caller("a", Urgency.FINAL).request())
    assert queue.counts()[Urgency.FINAL] == 1
    assert queue.counts()[Urgency.PARTIAL] == 0


def test_a_stream_with_a_running_request_waits_with_its_next() -> None:
    queue = RequestQueue()
    running = Caller("a").request()
    queue.put(running)
    assert queue.start(running)
    following = Caller("a").request()
    queue.put(following)
    assert not queue.dispatchable()
    assert not queue.start(following)
    queue.finish("a")
    assert queue.ranked(110.0) == [following]


def test_the_queue_is_bounded_but_renewing_is_always_possible() -> None:
    queue = RequestQueue(limit=2)
    queue.put(Caller("a").request())
    queue.put(Caller("b").request())
    queue.put(Caller("a").request())
    with pytest.raises(Overloaded) as caught:
        queue.put(Caller("c").request())
    assert caught.value.retry_after_s
    assert len(queue) == 2


def test_remove_and_drain() -> None:
    queue = RequestQueue()
    request = Caller("a", requested_at=101.0).request()
    queue.put(request)
    queue.put(Caller("b", requested_at=102.0).request())
    assert queue.oldest() == 101.0
    assert queue.remove("a") is request
    assert queue.remove("a") is None
    assert [r.stream for r in queue.drain()] == ["b"]
    assert len(queue) == 0
    assert queue.oldest() is None


@settings(max_examples=25)
@given(
    live_s=st.sampled_from([0.03, 0.1, 1.0]),
    file_s=st.floats(0.03, 1.0),
    share=st.floats(0.05, 0.3),
    urgency=st.sampled_from([Urgency.FINAL, Urgency.FIRST_PARTIAL, Urgency.PARTIAL]),
)
def test_files_get_their_share_under_full_live_load_and_no_more(
    live_s: float, file_s: float, share: float, urgency: Urgency
) -> None:
    queue = RequestQueue(file_share=share)
    spent = {Urgency.FILE: 0.0, urgency: 0.0}
    for _ in range(20_000):
        if spent[Urgency.FILE] > 9.5 * file_s:
            break
        queue.put(Caller("live", urgency).request())
        queue.put(Caller("file", Urgency.FILE).request())
        request = queue.ranked(110.0)[0]
        seconds = file_s if request.urgency is Urgency.FILE else live_s
        assert queue.start(request)
        queue.charge(request.urgency, seconds)
        spent[request.urgency] += seconds
        queue.finish(request.stream)
    got = spent[Urgency.FILE] / sum(spent.values())
    assert 0.8 * share < got < 1.3 * share


def test_files_collect_no_share_while_none_waits() -> None:
    queue = RequestQueue()
    for _ in range(1000):
        queue.charge(Urgency.PARTIAL, 1.0)
    queue.put(Caller("file", Urgency.FILE).request())
    queue.put(Caller("live").request())
    assert streams(queue) == ["live", "file"]


class QueueMachine(RuleBasedStateMachine):
    """Every request is dispatched once, replaced, or removed; a stream never has two running."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = RequestQueue(limit=6)
        self.waiting: dict[int, Caller] = {}
        self.running: set[int] = set()

    @rule(
        stream=st.integers(0, 8),
        urgency=st.sampled_from(Urgency),
        requested_at=st.floats(90, 120),
        cadence_s=st.floats(0.1, 5),
        deadline=st.none() | st.floats(90, 120),
    )
    def put(
        self,
        stream: int,
        urgency: Urgency,
        requested_at: float,
        cadence_s: float,
        deadline: float | None,
    ) -> None:
        caller = Caller(stream, urgency, requested_at, cadence_s, deadline)
        if stream not in self.waiting and len(self.waiting) == 6:
            with pytest.raises(Overloaded):
                self.queue.put(caller.request())
        else:
            self.queue.put(caller.request())
            self.waiting[stream] = caller

    @rule(stream=st.integers(0, 8))
    def remove(self, stream: int) -> None:
        removed = self.queue.remove(stream)
        assert (removed is not None) == (stream in self.waiting)
        self.waiting.pop(stream, None)

    @precondition(lambda self: self.queue.dispatchable())
    @rule(now=st.floats(100, 130))
    def start(self, now: float) -> None:
        request = self.queue.ranked(now)[0]
        assert isinstance(request.stream, int)
        assert self.queue.start(request)
        self.queue.charge(request.urgency, 0.1)
        del self.waiting[request.stream]
        self.running.add(request.stream)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        stream = data.draw(st.sampled_from(sorted(self.running)))
        self.queue.finish(stream)
        self.running.discard(stream)

    @invariant()
    def ranks_all_that_is_free(self) -> None:
        ranked = streams(self.queue)
        assert sorted(ranked, key=str) == sorted(self.waiting.keys() - self.running, key=str)
        assert self.queue.dispatchable() == bool(ranked)
        assert len(self.queue) == len(self.waiting)


TestQueueMachine = QueueMachine.TestCase
