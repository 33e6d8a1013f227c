"""A job store in SQL. SQLite and PostgreSQL differ only in how a transaction runs.

Every change first locks the one row of `meta`, which numbers the changes, so that writers run one
after the other: disk flushes limit them to hundreds of changes a second anyway. The conditions
`status IN (…)` come from the table of steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from realtime.jobs.job import ENDED, GAVE_UP, Claim, JobStep, Status, after_a_loss
from realtime.jobs.store.base import JobChange
from realtime.jobs.store.fenced import lost
from realtime.jobs.store.rows import allows, job_of
from realtime.jobs.store.sql_finding import FindingSide
from realtime.jobs.store.sql_users import UserSide
from realtime.jobs.store.sql_workers import WorkerSide

CLOCK_SLACK_S = 5.0
"""If a lease ends more than its length and this in the future, the clock has been set back since
it began."""


class SqlStore(UserSide, WorkerSide, FindingSide):
    """All of `JobStore` on top of `Transactions`. This class itself has the maintenance calls."""

    def sweep(self) -> list[str]:
        stale = f"""SELECT * FROM jobs WHERE {allows(JobStep.RETURN)}
            AND (lease_until <= :now OR lease_until > :now + lease_s + :slack) ORDER BY position"""
        with self._reading() as run:  # most calls find nothing and need no lock
            if not run(stale, {"now": self._now(run), "slack": CLOCK_SLACK_S}):
                return []
        with self._writing() as run:
            now = self._now(run)
            back: list[str] = []
            for row in run(stale, {"now": now, "slack": CLOCK_SLACK_S}):
                job = job_of(row)
                lost(run, Claim(job, job.owner, job.attempt), job.tries, now, GAVE_UP, paused=False)
                if after_a_loss(job.tries) is JobStep.RETURN:
                    back.append(job.id)
            return back

    def unsent(self, older_s: float | None, limit: int) -> list[str]:
        with self._reading() as run:
            now = self._now(run)
            rows = run(
                f"""SELECT id FROM jobs WHERE {allows(JobStep.CLAIM)} AND not_before <= :now
                    AND (sent_at <= :before OR sent_at > :now) ORDER BY position LIMIT :limit""",
                {"now": now, "before": 0.0 if older_s is None else now - older_s, "limit": limit},
            )
            return [row["id"] for row in rows]

    def sent(self, job_ids: Sequence[str]) -> None:
        with self._writing() as run:
            now = self._now(run)
            for job_id in sorted(job_ids):  # one order for all prevents deadlocks
                run("UPDATE jobs SET sent_at = :now WHERE id = :id", {"now": now, "id": job_id})

    def version(self) -> int:
        with self._reading() as run:
            return int(run("SELECT version FROM meta", {})[0]["version"])

    def changes(self, since: int, limit: int) -> list[JobChange]:
        values = {"since": since, "limit": limit}
        with self._reading() as run:
            alive = run(
                "SELECT * FROM jobs WHERE version > :since ORDER BY version LIMIT :limit", values
            )
            gone = run(
                "SELECT * FROM deleted WHERE version > :since ORDER BY version LIMIT :limit", values
            )
        found = [
            JobChange(row["version"], row["id"], job_of(row), row["submitter"]) for row in alive
        ]
        found += [JobChange(row["version"], row["job_id"], None, row["submitter"]) for row in gone]
        return sorted(found, key=lambda change: change.version)[:limit]

    def counts(self) -> Mapping[Status, int]:
        with self._reading() as run:
            rows = run("SELECT status, COUNT(*) AS n FROM jobs GROUP BY status", {})
        found = {row["status"]: int(row["n"]) for row in rows}
        return {status: found.get(status.value, 0) for status in Status}

    def ended_before(self, moment: float, limit: int) -> list[str]:
        ended = ", ".join(f"'{status}'" for status in sorted(ENDED))
        with self._reading() as run:
            rows = run(
                f"""SELECT id FROM jobs WHERE status IN ({ended}) AND completed_at < :moment
                    ORDER BY completed_at LIMIT :limit""",
                {"moment": moment, "limit": limit},
            )
            return [row["id"] for row in rows]

    def used_files(self) -> frozenset[str]:
        with self._reading() as run:
            return frozenset(row["file_id"] for row in run("SELECT file_id FROM jobs", {}))
