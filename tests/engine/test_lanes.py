"""Which worker may take which requests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.engine.lanes import QUIET_S, WorkerShares
from realtime.engine.queue import LIVE
from realtime.types import Urgency


def lanes(workers: int, for_files: int, live: int = 0, files: int = 0) -> WorkerShares:
    made = WorkerShares()
    made.staff(workers, for_files)
    for _ in range(live):
        made.begin(file=False)
    for _ in range(files):
        made.begin(file=True)
    return made


def test_a_single_worker_takes_everything() -> None:
    made = lanes(1, 0)
    made.note_request(0.0)
    assert made.live_classes(files_wait=True) == LIVE
    assert made.files_may_start(0.0)
    assert not made.nobody_waits(0.0)


def test_a_single_worker_cannot_be_reserved_for_files() -> None:
    assert lanes(1, 1).live_classes(files_wait=True) == LIVE


def test_the_last_worker_is_reserved_for_files_and_finals() -> None:
    made = lanes(2, 1, live=1)
    assert made.live_classes(files_wait=True) == {Urgency.FINAL}
    assert made.files_may_start(0.0)
    assert made.nobody_waits(0.0)
    made.begin(file=True)
    assert made.live_classes(files_wait=False) == {Urgency.FINAL}
    made.end(file=False)
    assert made.live_classes(files_wait=True) == LIVE


def test_live_streams_use_all_workers_while_there_are_no_files() -> None:
    made = lanes(2, 1, live=1)
    assert made.live_classes(files_wait=False) == LIVE
    assert made.workers == 2


def test_files_leave_one_worker_free_while_somebody_speaks() -> None:
    made = lanes(4, 1, files=2)
    made.note_request(5.0)
    assert made.files_may_start(5.0)
    made.begin(file=True)
    assert not made.files_may_start(5.0)
    assert made.files_may_start(5.0 + QUIET_S)


def test_files_use_workers_that_live_streams_may_not() -> None:
    made = lanes(4, 2, live=2, files=1)
    made.note_request(0.0)
    assert made.files_may_start(0.0)


def test_files_count_on_all_workers_while_nobody_speaks() -> None:
    made = lanes(4, 1)
    assert made.workers_for_files(0.0) == 4
    made.note_request(0.0)
    assert made.workers_for_files(QUIET_S - 1) == 1
    assert lanes(1, 0).workers_for_files(0.0) == 1


@given(
    workers=st.integers(1, 6),
    for_files=st.integers(0, 3),
    steps=st.lists(st.tuples(st.sampled_from(Urgency), st.booleans(), st.booleans()), max_size=60),
)
def test_nobody_starves_and_one_worker_stays_free_for_speakers(
    workers: int, for_files: int, steps: list[tuple[Urgency, bool, bool]]
) -> None:
    made = lanes(workers, for_files)
    made.note_request(0.0)
    running = {True: 0, False: 0}
    kept = min(for_files, workers - 1)
    for urgency, begins, files_wait in steps:
        file = urgency is Urgency.FILE
        free = sum(running.values()) < workers
        classes = made.live_classes(files_wait=files_wait)
        allowed = made.files_may_start(0.0) if file else urgency in classes
        assert Urgency.FINAL in classes
        if files_wait and urgency in (Urgency.PARTIAL, Urgency.FIRST_PARTIAL) and allowed:
            assert running[False] < workers - kept
        if begins and free and allowed:
            made.begin(file=file)
            running[file] += 1
        elif not begins and running[file]:
            made.end(file=file)
            running[file] -= 1
        if kept and not running[False]:
            assert running[True] <= max(kept, workers - 1)
        if not any(running.values()):
            assert made.files_may_start(0.0)
            assert made.live_classes(files_wait=True) == LIVE
