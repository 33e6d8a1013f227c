"""What stores guarantee to workers: leases, fencing, pieces; on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from realtime.jobs.job import (
    LONGEST_PAUSE_S,
    MAX_TRIES,
    PROCESSING_FROM,
    Reason,
    Status,
    pause_s,
)
from realtime.jobs.store.base import JobStore
from tests.engine.support import Clock
from tests.jobs.conftest import OpenStore
from tests.jobs.stored import BROKEN, LEASE_S, RESULT, SHORT, add, claimed, piece


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

    def test_a_job_can_be_claimed_by_its_id(self, store: JobStore) -> None:
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
        assert store.finish(claim, {"text": "other"}, {})  # repeated by the same worker: harmless
        assert store.result("a") == RESULT
        job = store.get("a")
        assert (job.status, job.progress) == (Status.COMPLETED, 100.0)

    def test_another_worker_takes_a_job_whose_lease_ran_out(
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

    def test_a_late_write_of_the_same_worker_is_refused_by_its_attempt(
        self, store: JobStore, clock: Clock
    ) -> None:
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

    def test_an_attempt_with_progress_resets_the_count_of_tries(
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
        assert claim.job.progress == 20.0  # it does not restart from the beginning
        assert store.finish(claim, RESULT, SHORT)

    def test_renewing_a_lease_is_no_progress(self, store: JobStore, clock: Clock) -> None:
        """An API elsewhere that crashes on a file every time must not be called again forever."""
        add(store)
        for _ in range(MAX_TRIES):
            assert store.save(claimed(store), piece(0), LEASE_S, PROCESSING_FROM)
            clock.now += LEASE_S
            store.sweep()
        assert store.get("a").status is Status.FAILED

    def test_there_is_a_pause_after_a_failed_attempt(self, store: JobStore, clock: Clock) -> None:
        add(store)
        for tries in range(1, MAX_TRIES):
            assert store.lose(claimed(store), BROKEN)
            assert store.get("a").status is Status.PENDING
            clock.now += pause_s(tries) / 2
            assert store.claim("worker", LEASE_S) is None
            clock.now += pause_s(tries) / 2
        assert store.lose(claimed(store), BROKEN)
        assert store.get("a").failure == BROKEN

    def test_a_worker_that_stops_returns_its_job(self, store: JobStore) -> None:
        add(store)
        for _ in range(2 * MAX_TRIES):
            assert store.hand_back(claimed(store))
        claim = claimed(store)
        assert (claim.job.tries, claim.attempt) == (1, 2 * MAX_TRIES + 1)

    def test_progress_is_stored(self, store: JobStore) -> None:
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
