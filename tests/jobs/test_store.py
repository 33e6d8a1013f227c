"""What every store of jobs promises; each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from realtime.errors import Conflict, NotFound
from realtime.jobs.job import (
    LONGEST_PAUSE_S,
    MAX_TRIES,
    Claim,
    Failure,
    Job,
    Reason,
    SavedPiece,
    Status,
    pause_s,
)
from realtime.jobs.store.base import JobStore, NewJob
from tests.engine.support import Clock
from tests.jobs.conftest import OpenStore

LEASE_S = 15.0
RESULT, SHORT = {"text": "hello", "segments": [{"text": "hello"}]}, {"text": "hello"}
BROKEN = Failure(Reason.INTERNAL, "It broke.")


def add(store: JobStore, name: str = "a", key: str = "") -> Job:
    return store.add(NewJob(name, f"{name}.wav", {"language": "ko"}, key))[0]


def claimed(store: JobStore, owner: str = "worker") -> Claim:
    claim = store.claim(owner, LEASE_S)
    assert claim is not None
    return claim


def piece(number: int) -> SavedPiece:
    return SavedPiece(number, ({"text": f"piece {number}"},), {"done_s": 30.0 * (number + 1)})


class TestUsers:
    def test_a_new_job_waits(self, store: JobStore, clock: Clock) -> None:
        job = add(store)
        assert (job.status, job.progress, job.created_at) == (Status.PENDING, 0.0, clock.now)
        assert (job.started_at, job.completed_at, job.failure) == (None, None, None)
        assert store.get("a") == job
        assert store.result("a") is None

    def test_what_nobody_added_is_not_there(self, store: JobStore) -> None:
        for ask in (store.get, store.cancel, store.retry, store.delete):
            with pytest.raises(NotFound):
                ask("missing")
        assert store.result("missing") is None

    def test_the_same_key_gives_the_same_job(self, store: JobStore) -> None:
        first, new = store.add(NewJob("a", "a.wav", {"x": 1}, "key"))
        again, new_again = store.add(NewJob("b", "a.wav", {"x": 1}, "key"))
        assert (new, new_again) == (True, False)
        assert again == first
        with pytest.raises(Conflict, match="Idempotency-Key"):
            store.add(NewJob("c", "a.wav", {"x": 2}, "key"))

    def test_the_same_key_from_fifty_at_once_gives_one_job(self, open_store: OpenStore) -> None:
        stores, start = [open_store() for _ in range(5)], threading.Barrier(50)

        def send(number: int) -> tuple[str, bool]:
            start.wait()
            job, new = stores[number % 5].add(NewJob(f"job-{number}", "a.wav", {}, "key"))
            return job.id, new

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(send, range(50)))
        assert len({job_id for job_id, _ in answers}) == 1
        assert sum(new for _, new in answers) == 1
        assert stores[0].jobs(None, 10, 0)[0] == 1

    def test_a_list_is_newest_first_in_pages(self, store: JobStore, clock: Clock) -> None:
        for name in "abc":
            add(store, name)
            clock.now += 1
        store.finish(claimed(store), RESULT, SHORT)
        total, page = store.jobs(None, 2, 1)
        assert total == 3
        assert [(job.id, short) for job, short in page] == [("b", None), ("a", SHORT)]
        total, page = store.jobs(Status.COMPLETED, 10, 0)
        assert (total, [job.id for job, _ in page]) == (1, ["a"])

    def test_the_queue_is_counted(self, store: JobStore) -> None:
        jobs = [add(store, name) for name in "abc"]
        assert [store.ahead(job) for job in jobs] == [0, 1, 2]
        claimed(store)
        assert [store.ahead(job) for job in jobs[1:]] == [0, 1]
        assert store.counts() == dict.fromkeys(Status, 0) | {
            Status.PENDING: 2,
            Status.PROCESSING: 1,
        }

    def test_a_cancelled_job_is_over_at_once(self, store: JobStore) -> None:
        add(store)
        claim = claimed(store)
        assert store.cancel("a").status is Status.CANCELLED
        assert not store.holds(claim)
        assert not store.renew(claim, LEASE_S)
        assert not store.save(claim, piece(0), LEASE_S, 20.0)
        assert not store.finish(claim, RESULT, SHORT)
        assert store.result("a") is None
        job = store.cancel("a")  # twice is as good as once
        assert job.failure is not None
        assert job.failure.reason is Reason.CANCELLED

    def test_a_result_cannot_be_cancelled(self, store: JobStore) -> None:
        add(store)
        store.finish(claimed(store), RESULT, SHORT)
        with pytest.raises(Conflict, match="completed"):
            store.cancel("a")
        assert store.result("a") == RESULT

    def test_failed_and_cancelled_jobs_are_done_again(self, store: JobStore) -> None:
        add(store, "a"), add(store, "b")
        store.fail(claimed(store), BROKEN)
        again = store.retry("a")
        assert (again.status, again.failure, again.progress) == (Status.PENDING, None, 0.0)
        assert claimed(store).job.id == "b"  # who asks again queues again
        assert claimed(store).job.id == "a"
        store.cancel("b")
        assert store.retry("b").status is Status.PENDING

    def test_waiting_and_finished_jobs_are_not_done_again(self, store: JobStore) -> None:
        add(store)
        with pytest.raises(Conflict, match="pending"):
            store.retry("a")
        store.finish(claimed(store), RESULT, SHORT)
        with pytest.raises(Conflict, match="completed"):
            store.retry("a")

    def test_a_deleted_job_is_gone_with_all_it_had(self, store: JobStore) -> None:
        add(store)
        claim = claimed(store)
        store.save(claim, piece(0), LEASE_S, 50.0)
        store.finish(claim, RESULT, SHORT)
        assert store.delete("a").status is Status.COMPLETED
        assert store.result("a") is None
        assert store.jobs(None, 10, 0) == (0, [])
        add(store, "a")  # the id is free again, and nothing of the old one is left
        assert claimed(store).pieces == ()

    def test_a_deleted_job_can_be_written_by_nobody(self, store: JobStore) -> None:
        add(store)
        claim = claimed(store)
        store.delete("a")
        assert not store.lose(claim, BROKEN)
        assert not store.finish(claim, RESULT, SHORT)


class TestWorkers:
    def test_jobs_are_taken_in_order_once_each(self, store: JobStore, clock: Clock) -> None:
        for name in "abc":
            add(store, name)
        clock.now += 1
        claims = [claimed(store) for _ in range(3)]
        assert [claim.job.id for claim in claims] == ["a", "b", "c"]
        assert store.claim("worker", LEASE_S) is None
        job = claims[0].job
        assert (job.status, job.progress, job.started_at) == (Status.PROCESSING, 10.0, clock.now)

    def test_a_named_job_is_taken_if_it_waits(self, store: JobStore) -> None:
        add(store, "a"), add(store, "b")
        claim = store.claim("worker", LEASE_S, "b")
        assert claim is not None
        assert claim.job.id == "b"
        assert store.claim("other", LEASE_S, "b") is None  # a second delivery
        assert store.claim("other", LEASE_S, "missing") is None

    def test_eight_workers_at_once_share_the_jobs(self, open_store: OpenStore) -> None:
        stores = [open_store() for _ in range(8)]
        for number in range(40):
            add(stores[0], f"job-{number}")

        def work(store: JobStore) -> list[str]:
            done: list[str] = []
            while (claim := store.claim("worker", LEASE_S)) is not None:
                assert store.finish(claim, {"id": claim.job.id}, {})
                done.append(claim.job.id)
            return done

        with ThreadPoolExecutor(8) as pool:
            done = [job_id for share in pool.map(work, stores) for job_id in share]
        assert sorted(done) == sorted(f"job-{number}" for number in range(40))
        assert all(stores[0].result(job_id) == {"id": job_id} for job_id in done)

    def test_a_result_is_written_once(self, store: JobStore) -> None:
        add(store)
        claim = claimed(store)
        assert store.finish(claim, RESULT, SHORT)
        assert store.finish(claim, {"text": "other"}, {})  # said twice by the same: no harm
        assert store.result("a") == RESULT
        job = store.get("a")
        assert (job.status, job.progress) == (Status.COMPLETED, 100.0)

    def test_a_lease_that_ran_out_lets_another_worker_in(
        self, store: JobStore, clock: Clock
    ) -> None:
        add(store)
        slow = claimed(store, "slow")
        clock.now += LEASE_S - 1
        assert store.renew(slow, LEASE_S)
        clock.now += LEASE_S - 1
        assert store.sweep() == []
        clock.now += 1
        assert store.sweep() == ["a"]
        fast = claimed(store, "fast")
        assert (fast.attempt, slow.attempt) == (2, 1)
        assert not store.renew(slow, LEASE_S)
        assert not store.save(slow, piece(0), LEASE_S, 20.0)
        assert not store.finish(slow, {"text": "late"}, {})
        assert not store.fail(slow, BROKEN)
        assert not store.lose(slow, BROKEN)
        assert not store.hand_back(slow)
        assert store.finish(fast, RESULT, SHORT)
        assert not store.finish(slow, {"text": "late"}, {})
        assert store.result("a") == RESULT

    def test_the_same_worker_is_fenced_by_the_attempt(self, store: JobStore, clock: Clock) -> None:
        add(store)
        first = claimed(store, "one")
        clock.now += LEASE_S
        store.sweep()
        second = claimed(store, "one")
        assert not store.finish(first, {"text": "late"}, {})
        assert store.finish(second, RESULT, SHORT)

    def test_three_lost_leases_in_a_row_fail_the_job(self, store: JobStore, clock: Clock) -> None:
        add(store, "poison"), add(store, "good")
        seen = []
        for _ in range(MAX_TRIES):
            claim = store.claim("worker", LEASE_S, "poison")
            assert claim is not None
            seen.append(claim.attempt)
            clock.now += LEASE_S
            store.sweep()
        assert seen == [1, 2, 3]
        job = store.get("poison")
        assert job.status is Status.FAILED
        assert job.failure is not None
        assert job.failure.reason is Reason.INTERNAL
        assert claimed(store).job.id == "good"

    def test_an_attempt_that_got_further_begins_the_count_again(
        self, store: JobStore, clock: Clock
    ) -> None:
        add(store)
        for number in range(3 * MAX_TRIES):
            claim = claimed(store)
            assert [p.number for p in claim.pieces] == list(range(number))
            assert store.save(claim, piece(number), LEASE_S, 20.0)
            clock.now += LEASE_S
            assert store.sweep() == ["a"]
        claim = claimed(store)
        assert claim.pieces == tuple(piece(number) for number in range(3 * MAX_TRIES))
        assert claim.job.progress == 20.0  # not back to the start
        assert store.finish(claim, RESULT, SHORT)

    def test_failed_attempts_pause_before_the_next(self, store: JobStore, clock: Clock) -> None:
        add(store)
        for tries in range(1, MAX_TRIES):
            assert store.lose(claimed(store), BROKEN)
            assert store.get("a").status is Status.PENDING
            clock.now += pause_s(tries) / 2
            assert store.claim("worker", LEASE_S) is None
            clock.now += pause_s(tries) / 2
        assert store.lose(claimed(store), BROKEN)
        assert store.get("a").failure == BROKEN

    def test_a_worker_that_stops_hands_its_job_back(self, store: JobStore) -> None:
        add(store)
        for _ in range(2 * MAX_TRIES):
            assert store.hand_back(claimed(store))
        claim = claimed(store)
        assert (claim.job.tries, claim.attempt) == (1, 2 * MAX_TRIES + 1)

    def test_progress_is_kept(self, store: JobStore) -> None:
        add(store)
        claim = claimed(store)
        assert store.renew(claim, LEASE_S, 42.0)
        assert store.get("a").progress == 42.0
        assert store.holds(claim)

    @pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
    def test_a_clock_that_jumps_loses_no_job(
        self, store: JobStore, clock: Clock, jump_s: float
    ) -> None:
        clock.now = 10_000.0
        add(store, "running"), add(store, "paused")
        running = claimed(store)
        store.lose(claimed(store), BROKEN)
        clock.now += jump_s
        assert store.sweep() == ["running"]
        assert {claimed(store).job.id, claimed(store).job.id} == {"running", "paused"}
        assert not store.finish(running, RESULT, SHORT)
        assert abs(jump_s) > LONGEST_PAUSE_S


class TestUpkeep:
    def test_unsent_jobs_are_those_that_no_worker_was_told_of(
        self, store: JobStore, clock: Clock
    ) -> None:
        for name in "abc":
            add(store, name)
        claimed(store)
        assert store.unsent(10.0, 10) == ["b", "c"]
        store.sent(["c", "b"])
        assert store.unsent(10.0, 10) == []
        clock.now += 10
        assert store.unsent(10.0, 1) == ["b"]
        clock.now -= 100  # set back: better sent twice than never
        assert store.unsent(10.0, 10) == ["b", "c"]

    def test_changes_come_in_order_each_job_at_its_latest(self, store: JobStore) -> None:
        start = store.version()
        add(store, "a"), add(store, "b")
        claim = claimed(store)
        store.renew(claim, LEASE_S)  # nothing that anyone would see
        store.delete("b")
        changes = store.changes(start, 10)
        assert [(change.job_id, change.job is None) for change in changes] == [
            ("a", False),
            ("b", True),
        ]
        assert changes[0].job == store.get("a")
        assert changes[-1].version == store.version()
        assert store.changes(changes[0].version, 10) == changes[1:]
        assert store.changes(start, 1) == changes[:1]
        assert store.changes(store.version(), 10) == []

    def test_readers_of_changes_miss_none_while_many_write(self, open_store: OpenStore) -> None:
        writers, reader = [open_store() for _ in range(4)], open_store()
        running = threading.Event()
        seen: set[str] = set()

        def read() -> None:
            since = 0
            while True:
                last_round = running.is_set()
                for change in reader.changes(since, 1000):
                    seen.add(change.job_id)
                    since = change.version
                if last_round:
                    return

        def write(number: int) -> None:
            for turn in range(20):
                add(writers[number], f"{number}-{turn}")

        thread = threading.Thread(target=read)
        thread.start()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        running.set()
        thread.join()
        assert len(seen) == 80

    def test_old_jobs_and_their_files_are_found(self, store: JobStore, clock: Clock) -> None:
        for name in "abc":
            add(store, name)
        store.finish(claimed(store), RESULT, SHORT)
        clock.now += 10
        store.fail(claimed(store), BROKEN)
        assert store.ended_before(clock.now, 10) == ["a"]
        assert store.ended_before(clock.now + 1, 10) == ["a", "b"]
        assert store.used_files() == {"a.wav", "b.wav", "c.wav"}

    def test_jobs_outlive_the_process_that_added_them(
        self, open_store: Callable[[], JobStore]
    ) -> None:
        first = open_store()
        add(first, "a"), add(first, "b")
        first.finish(claimed(first), RESULT, SHORT)
        first.close()
        second = open_store()
        assert second.result("a") == RESULT
        assert claimed(second).job.id == "b"
