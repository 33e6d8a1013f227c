"""What every store of jobs guarantees; each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from realtime.errors import Conflict, NotFound
from realtime.jobs.job import (
    Reason,
    Status,
)
from realtime.jobs.store.base import JobStore, NewJob
from tests.engine.support import Clock
from tests.jobs.conftest import OpenStore
from tests.jobs.stored import BROKEN, LEASE_S, RESULT, SHORT, add, claimed, piece


class TestUsers:
    def test_a_new_job_waits(self, store: JobStore, clock: Clock) -> None:
        job = add(store)
        assert (job.status, job.progress, job.created_at) == (Status.PENDING, 0.0, clock.now)
        assert (job.started_at, job.completed_at, job.failure) == (None, None, None)
        assert store.get("a") == job
        assert store.result("a") is None

    def test_an_unknown_job_is_not_found(self, store: JobStore) -> None:
        for ask in (store.get, store.cancel, store.retry, store.delete):
            with pytest.raises(NotFound):
                ask("missing")
        assert store.result("missing") is None

    def test_the_same_idempotency_key_gives_the_same_job(self, store: JobStore) -> None:
        first, new = store.add(NewJob("a", "a.wav", {"x": 1}, "key"))
        again, new_again = store.add(NewJob("b", "a.wav", {"x": 1}, "key"))
        assert (new, new_again) == (True, False)
        assert again == first
        with pytest.raises(Conflict, match="Idempotency-Key"):
            store.add(NewJob("c", "a.wav", {"x": 2}, "key"))

    def test_fifty_requests_at_once_with_one_key_give_one_job(self, open_store: OpenStore) -> None:
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

    def test_jobs_are_listed_for_their_owner(self, store: JobStore) -> None:
        for name, submitter in (("a", "me"), ("b", "you"), ("c", "")):
            store.add(NewJob(name, f"{name}.wav", {}, "key", submitter))
        assert [store.get(name).submitter for name in "abc"] == ["me", "you", ""]
        for asker, seen in (("me", {"a", "c"}), ("you", {"b", "c"}), ("", set("abc"))):
            total, page = store.jobs(None, 10, 0, asker)
            assert (total, {job.id for job, _ in page}) == (len(seen), seen)
        assert store.jobs(Status.PENDING, 0, 0, "me")[0] == 2
        assert store.jobs(Status.FAILED, 0, 0, "me")[0] == 0
        store.delete("a")
        told = {change.job_id: change.submitter for change in store.changes(0, 10)}
        assert told == {"a": "me", "b": "you", "c": ""}

    def test_queue_positions_are_counted(self, store: JobStore) -> None:
        jobs = [add(store, name) for name in "abc"]
        assert [store.ahead(job) for job in jobs] == [0, 1, 2]
        claimed(store)
        assert [store.ahead(job) for job in jobs[1:]] == [0, 1]
        assert store.counts() == dict.fromkeys(Status, 0) | {
            Status.PENDING: 2,
            Status.PROCESSING: 1,
        }

    def test_a_cancelled_job_has_ended_at_once(self, store: JobStore) -> None:
        add(store)
        claim = claimed(store)
        assert store.cancel("a").status is Status.CANCELLED
        assert not store.holds(claim)
        assert not store.renew(claim, LEASE_S)
        assert not store.save(claim, piece(0), LEASE_S, 20.0)
        assert not store.finish(claim, RESULT, SHORT)
        assert store.result("a") is None
        job = store.cancel("a")  # cancelling twice is harmless
        assert job.failure is not None
        assert job.failure.reason is Reason.CANCELLED

    def test_a_result_cannot_be_cancelled(self, store: JobStore) -> None:
        add(store)
        store.finish(claimed(store), RESULT, SHORT)
        with pytest.raises(Conflict, match="completed"):
            store.cancel("a")
        assert store.result("a") == RESULT

    def test_failed_and_cancelled_jobs_can_be_retried(self, store: JobStore) -> None:
        add(store, "a"), add(store, "b")
        store.fail(claimed(store), BROKEN)
        again = store.retry("a")
        assert (again.status, again.failure, again.progress) == (Status.PENDING, None, 0.0)
        assert claimed(store).job.id == "b"  # a retry goes to the end of the queue
        assert claimed(store).job.id == "a"
        store.cancel("b")
        assert store.retry("b").status is Status.PENDING

    def test_waiting_and_completed_jobs_cannot_be_retried(self, store: JobStore) -> None:
        add(store)
        with pytest.raises(Conflict, match="pending"):
            store.retry("a")
        store.finish(claimed(store), RESULT, SHORT)
        with pytest.raises(Conflict, match="completed"):
            store.retry("a")

    def test_a_deleted_job_is_gone_with_everything_of_it(self, store: JobStore) -> None:
        add(store)
        claim = claimed(store)
        store.save(claim, piece(0), LEASE_S, 50.0)
        store.finish(claim, RESULT, SHORT)
        assert store.delete("a").status is Status.COMPLETED
        assert store.result("a") is None
        assert store.jobs(None, 10, 0) == (0, [])
        add(store, "a")  # the id can be used again, and nothing of the old job is left
        assert claimed(store).pieces == ()

    def test_nobody_can_write_to_a_deleted_job(self, store: JobStore) -> None:
        add(store)
        claim = claimed(store)
        store.delete("a")
        assert not store.lose(claim, BROKEN)
        assert not store.finish(claim, RESULT, SHORT)


class TestMaintenance:
    def test_unsent_jobs_are_those_that_no_worker_was_sent(
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
        clock.now -= 100  # reset: sending twice is better than never
        assert store.unsent(10.0, 10) == ["b", "c"]

    def test_changes_come_in_order_with_each_jobs_latest_state(self, store: JobStore) -> None:
        start = store.version()
        add(store, "a"), add(store, "b")
        claim = claimed(store)
        store.renew(claim, LEASE_S)  # nothing that is visible
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
