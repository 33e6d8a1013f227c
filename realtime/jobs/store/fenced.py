"""Writes that only the holder of a claim may make, and the version of each change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realtime.jobs.job import Claim, Failure, JobStep, after_a_loss, pause_s, target
from realtime.jobs.store.rows import Run, allows

HELD = "id = :id AND owner = :owner AND attempt = :attempt"
"""The SQL condition that a claim is still valid, with the values of `fence`."""


def next_version(run: Run) -> int:
    """Lock the store for this transaction; → the version of its change."""
    return int(run("UPDATE meta SET version = version + 1 RETURNING version", {})[0]["version"])


def fence(claim: Claim) -> dict[str, Any]:
    """Values for `HELD`."""
    return {"id": claim.job.id, "owner": claim.owner, "attempt": claim.attempt}


def failure_values(failure: Failure | None) -> dict[str, str]:
    """Values for the columns of the same names."""
    if failure is None:
        return {"reason": "", "message": "", "detail": ""}
    # A text in PostgreSQL cannot contain NUL.
    message = failure.message.replace("\0", "")
    return {"reason": failure.reason.value, "message": message, "detail": failure.detail}


def hold(run: Run, claim: Claim, values: Mapping[str, Any]) -> bool:
    """Renew the lease, and set `progress` and `tries` if they are in `values`."""
    more = "".join(f", {name} = :{name}" for name in ("progress", "tries") if name in values)
    seen = {"version": next_version(run)} if "progress" in values else {}
    return bool(
        run(
            f"""UPDATE jobs SET lease_until = :now + :lease, lease_s = :lease{more}
                {", version = :version" if seen else ""}
                WHERE {HELD} AND {allows(JobStep.FINISH)}
                RETURNING id""",
            {**fence(claim), **values, **seen},
        )
    )


def end(
    run: Run,
    claim: Claim,
    step: JobStep,
    now: float,
    failure: Failure | None = None,
    progress: float | None = None,
) -> bool:
    """Take a step into a final state."""
    more = ", progress = :progress" if progress is not None else ""
    return bool(
        run(
            f"""UPDATE jobs SET status = '{target(step)}', completed_at = :now, reason = :reason,
                message = :message, detail = :detail, version = :version{more}
                WHERE {HELD} AND {allows(step)}
                RETURNING id""",
            {**fence(claim), "now": now, "version": next_version(run)}
            | failure_values(failure)
            | ({"progress": progress} if progress is not None else {}),
        )
    )


def lost(
    run: Run, claim: Claim, tries: int, now: float, failure: Failure, paused: bool = True
) -> bool:
    """End an attempt without a result: the job waits again, or fails."""
    step = after_a_loss(tries)
    if step is JobStep.GIVE_UP:
        return end(run, claim, step, now, failure)
    return bool(
        run(
            f"""UPDATE jobs SET status = '{target(step)}', not_before = :later, sent_at = 0,
                version = :version WHERE {HELD} AND {allows(step)} RETURNING id""",
            {**fence(claim), "version": next_version(run)}
            | {"later": now + pause_s(tries) if paused else 0.0},
        )
    )
