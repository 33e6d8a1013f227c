"""The calls of users on a job store in SQL: add, read, cancel, retry, delete."""

from __future__ import annotations

import orjson

from realtime.errors import Conflict, NotFound
from realtime.jobs.job import CANCELLED_BY_USER, Job, JobStep, Status, target
from realtime.jobs.store.base import NewJob, Result
from realtime.jobs.store.fenced import failure_values, next_version
from realtime.jobs.store.rows import Run, allows, dump, job_of
from realtime.jobs.store.schema import KEPT_DELETIONS
from realtime.jobs.store.transactions import Transactions


class UserSide(Transactions):
    """The calls of `JobStore` for users."""

    def add(self, new: NewJob) -> tuple[Job, bool]:
        with self._writing() as run:
            version = next_version(run)  # from here on, no other process can add
            key = _key(new)
            if key:
                known = run("SELECT * FROM jobs WHERE idempotency_key = :key", {"key": key})
                if known:
                    return _same_request(job_of(known[0]), new), False
            rows = run(
                """INSERT INTO jobs VALUES (:id, :file_id, :request, :key, :version, :pending, 0,
                    :now, NULL, NULL, 0, 0, '', 0, 0, 0, 0, '', '', '', :version, :submitter,
                    '{}') RETURNING *""",
                {
                    "id": new.id,
                    "file_id": new.file_id,
                    "request": dump(new.request),
                    "key": key,
                    "pending": Status.PENDING.value,
                    "now": self._now(run),
                    "version": version,
                    "submitter": new.submitter,
                },
            )
            return job_of(rows[0]), True

    def get(self, job_id: str) -> Job:
        with self._reading() as run:
            return _get(run, job_id)

    def result(self, job_id: str) -> Result | None:
        with self._reading() as run:
            rows = run("SELECT result FROM results WHERE job_id = :id", {"id": job_id})
            return orjson.loads(rows[0]["result"]) if rows else None

    def jobs(
        self, status: Status | None, limit: int, offset: int, asker: str = ""
    ) -> tuple[int, list[tuple[Job, Result | None]]]:
        values: dict[str, object] = {"limit": limit, "offset": offset}
        conditions = []
        if status:
            conditions.append("status = :status")
            values["status"] = status.value
        if asker:  # the same rule as `is_shown`
            conditions.append("submitter IN ('', :asker)")
            values["asker"] = asker
        which = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        with self._reading() as run:
            (total,) = run(f"SELECT COUNT(*) AS n FROM jobs {which}", values)
            rows = run(
                f"""SELECT jobs.*, short FROM jobs LEFT JOIN results ON job_id = id {which}
                    ORDER BY created_at DESC, id LIMIT :limit OFFSET :offset""",
                values,
            )
        return total["n"], [
            (job_of(r), orjson.loads(r["short"]) if r["short"] else None) for r in rows
        ]

    def ahead(self, job: Job) -> int:
        with self._reading() as run:
            (row,) = run(
                f"""SELECT COUNT(*) AS n FROM jobs WHERE {allows(JobStep.CLAIM)} AND position <
                    (SELECT position FROM jobs WHERE id = :id)""",
                {"id": job.id},
            )
            return int(row["n"])

    def cancel(self, job_id: str) -> Job:
        with self._writing() as run:
            rows = run(
                f"""UPDATE jobs SET status = '{target(JobStep.CANCEL)}', completed_at = :now,
                    reason = :reason, message = :message, detail = :detail, version = :version
                    WHERE id = :id AND {allows(JobStep.CANCEL)} RETURNING *""",
                {"id": job_id, "now": self._now(run), **failure_values(CANCELLED_BY_USER)}
                | {"version": next_version(run)},
            )
            job = job_of(rows[0]) if rows else _get(run, job_id)
        if job.status is not Status.CANCELLED:
            raise Conflict(
                f"The job is {job.status} already: there is nothing to cancel.",
                job_status=job.status.value,
            )
        return job

    def retry(self, job_id: str) -> Job:
        with self._writing() as run:
            version = next_version(run)
            rows = run(
                f"""UPDATE jobs SET status = '{target(JobStep.RETRY)}', progress = 0, tries = 0,
                    started_at = NULL, completed_at = NULL, reason = '', message = '', detail = '',
                    not_before = 0, sent_at = 0, position = :version, version = :version
                    WHERE id = :id AND {allows(JobStep.RETRY)} RETURNING *""",
                {"id": job_id, "version": version},
            )
            if rows:
                return job_of(rows[0])
            job = _get(run, job_id)
        raise Conflict(
            f"The job is {job.status}: only failed and cancelled jobs are done again.",
            job_status=job.status.value,
        )

    def delete(self, job_id: str) -> Job:
        with self._writing() as run:
            version = next_version(run)
            rows = run("DELETE FROM jobs WHERE id = :id RETURNING *", {"id": job_id})
            if not rows:
                raise _unknown(job_id)
            run(
                "INSERT INTO deleted VALUES (:version, :id, :submitter)",
                {"version": version, "id": job_id, "submitter": rows[0]["submitter"]},
            )
            run(
                """DELETE FROM deleted WHERE version <=
                    (SELECT version FROM deleted ORDER BY version DESC LIMIT 1 OFFSET :kept)""",
                {"kept": KEPT_DELETIONS},
            )
            return job_of(rows[0])


def _key(new: NewJob) -> str | None:
    """The key that is unique in the store: equal keys of two submitters do not collide."""
    if not new.idempotency_key:
        return None
    return f"{new.submitter}:{new.idempotency_key}" if new.submitter else new.idempotency_key


def _get(run: Run, job_id: str) -> Job:
    rows = run("SELECT * FROM jobs WHERE id = :id", {"id": job_id})
    if not rows:
        raise _unknown(job_id)
    return job_of(rows[0])


def _unknown(job_id: str) -> NotFound:
    return NotFound("There is no such job: it was deleted, or the id is mistyped.", job_id=job_id)


def _same_request(job: Job, new: NewJob) -> Job:
    if (job.file_id, job.request) != (new.file_id, new.request):
        raise Conflict(
            "This Idempotency-Key was sent with another request: use a new key for a new job.",
            idempotency_key=new.idempotency_key,
        )
    return job
