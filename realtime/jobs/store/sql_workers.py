"""The calls of workers on a job store in SQL: claim, hold, save, end; every write is fenced."""

from __future__ import annotations

from typing import Any

from realtime.jobs.job import (
    LONGEST_PAUSE_S,
    PROCESSING_FROM,
    Claim,
    Failure,
    JobStep,
    SavedPiece,
    target,
)
from realtime.jobs.store.base import Result
from realtime.jobs.store.fenced import HELD, end, fence, hold, lost, next_version
from realtime.jobs.store.rows import allows, dump, job_of, piece_of
from realtime.jobs.store.transactions import Transactions


class WorkerSide(Transactions):
    """The calls of `JobStore` for workers."""

    def claim(self, owner: str, lease_s: float, job_id: str | None = None) -> Claim | None:
        named = "AND id = :id" if job_id is not None else ""
        ready = (
            f"SELECT id FROM jobs WHERE {allows(JobStep.CLAIM)} {named} "
            "AND (not_before <= :now OR not_before > :now + :longest) ORDER BY position LIMIT 1"
        )
        values: dict[str, Any] = {"owner": owner, "lease": lease_s, "longest": LONGEST_PAUSE_S}
        values |= {"progress": PROCESSING_FROM} | ({"id": job_id} if job_id is not None else {})
        with self._reading() as run:  # most calls find nothing and need no lock
            if not run(ready, {**values, "now": self._now(run)}):
                return None
        with self._writing() as run:
            version = next_version(run)
            rows = run(
                f"""UPDATE jobs SET status = '{target(JobStep.CLAIM)}', owner = :owner,
                    attempt = attempt + 1, tries = tries + 1, lease_until = :now + :lease,
                    lease_s = :lease, started_at = COALESCE(started_at, :now), version = :version,
                    progress = CASE WHEN progress > :progress THEN progress ELSE :progress END
                    WHERE id = ({ready}) AND {allows(JobStep.CLAIM)} RETURNING *""",
                {**values, "now": self._now(run), "version": version},
            )
            if not rows:
                return None
            job = job_of(rows[0])
            saved = run("SELECT * FROM pieces WHERE job_id = :id ORDER BY number", {"id": job.id})
            return Claim(job, owner, job.attempt, tuple(piece_of(row) for row in saved))

    def renew(self, claim: Claim, lease_s: float, progress: float | None = None) -> bool:
        with self._writing() as run:
            values = {"lease": lease_s, "now": self._now(run)}
            if progress is None:
                return hold(run, claim, values)
            return hold(run, claim, {**values, "progress": progress})

    def holds(self, claim: Claim) -> bool:
        with self._reading() as run:
            return bool(
                run(
                    f"""SELECT 1 AS held FROM jobs WHERE {HELD} AND {allows(JobStep.FINISH)}""",
                    fence(claim),
                )
            )

    def save(self, claim: Claim, piece: SavedPiece, lease_s: float, progress: float) -> bool:
        with self._writing() as run:
            values = {"lease": lease_s, "now": self._now(run), "progress": progress}
            further = {"tries": 1} if progress > PROCESSING_FROM else {}
            if not hold(run, claim, values | further):
                return False
            run(
                """INSERT INTO pieces VALUES (:id, :number, :segments, :checkpoint)
                    ON CONFLICT (job_id, number) DO UPDATE
                    SET segments = :segments, checkpoint = :checkpoint""",
                {
                    "id": claim.job.id,
                    "number": piece.number,
                    "segments": dump(piece.segments),
                    "checkpoint": dump(piece.checkpoint),
                },
            )
            return True

    def finish(self, claim: Claim, result: Result, short: Result) -> bool:
        with self._writing() as run:
            done = end(run, claim, JobStep.FINISH, self._now(run), progress=100.0)
            if not done:
                # The caller may repeat a call that succeeded, because its answer was lost.
                return bool(
                    run(
                        f"""SELECT 1 AS mine FROM jobs WHERE {HELD}
                            AND status = '{target(JobStep.FINISH)}'""",
                        fence(claim),
                    )
                )
            run(
                "INSERT INTO results (job_id, result, short) VALUES (:id, :result, :short)",
                {"id": claim.job.id, "result": dump(result), "short": dump(short)},
            )
            run("DELETE FROM pieces WHERE job_id = :id", {"id": claim.job.id})
            return True

    def fail(self, claim: Claim, failure: Failure) -> bool:
        with self._writing() as run:
            return end(run, claim, JobStep.FAIL, self._now(run), failure)

    def lose(self, claim: Claim, failure: Failure) -> bool:
        with self._writing() as run:
            rows = run("SELECT tries FROM jobs WHERE id = :id", {"id": claim.job.id})
            if not rows:
                return False
            return lost(run, claim, int(rows[0]["tries"]), self._now(run), failure)

    def hand_back(self, claim: Claim) -> bool:
        with self._writing() as run:
            return bool(
                run(
                    f"""UPDATE jobs SET status = '{target(JobStep.HAND_BACK)}', version = :version,
                        tries = tries - 1, not_before = 0, sent_at = 0
                        WHERE {HELD}
                        AND {allows(JobStep.HAND_BACK)} RETURNING id""",
                    {**fence(claim), "version": next_version(run)},
                )
            )
