"""The interface of job stores. All calls block for milliseconds; safe from any thread and process.

When a call returns, its change is on disk. Where nothing can be written it raises DiskFull (no
room) or NotReady (locked, read-only, unreachable) and has changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from realtime.jobs.job import Claim, Failure, Job, Labels, SavedPiece, Status

Result = Mapping[str, Any]
"""JSON of a finished transcription."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be added."""

    id: str
    file_id: str
    request: Mapping[str, Any]
    idempotency_key: str = ""
    """The same submitter, key and request always give the same job."""
    submitter: str = ""


@dataclass(frozen=True, slots=True)
class JobChange:
    """A change of a job; `job` is None where it was deleted."""

    version: int
    job_id: str
    job: Job | None
    submitter: str = ""
    """The job's owner, also after deletion."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A job that matches a search, with the place in its text."""

    job_id: str
    excerpt: str
    """The words around that place."""


class JobStore(Protocol):
    """Holds all jobs; the only source of their states."""

    def close(self) -> None:
        """Close files and connections."""

    # Calls of users

    def add(self, new: NewJob) -> tuple[Job, bool]:
        """→ the job, and whether it is new. Raises Conflict: the key belongs to another request."""

    def get(self, job_id: str) -> Job:
        """Raises NotFound."""

    def result(self, job_id: str) -> Result | None:
        """The whole result; None unless the job is completed."""

    def jobs(
        self, status: Status | None, limit: int, offset: int, asker: str = ""
    ) -> tuple[int, list[tuple[Job, Result | None]]]:
        """→ the number of jobs that `asker` may see, and a page of them, newest first, with short
        results."""

    def ahead(self, job: Job) -> int:
        """Number of waiting jobs that were added before this one."""

    def cancel(self, job_id: str) -> Job:
        """Cancel a waiting or running job; does nothing to a cancelled one.

        Raises NotFound, and Conflict where the job has ended in another way.
        """

    def retry(self, job_id: str) -> Job:
        """Queue a failed or cancelled job again. Raises NotFound, Conflict."""

    def delete(self, job_id: str) -> Job:
        """Delete a job in any state with its result; → the job. Raises NotFound."""

    # Search

    def label(self, job_id: str, labels: Labels) -> Job:
        """Replace the job's labels. Raises NotFound."""

    def correct(self, job_id: str, text: str) -> None:
        """Set the corrected text for `search`; "": there is none."""

    def search(self, text: str, limit: int, asker: str = "") -> list[Hit]:
        """Completed jobs that `asker` may see whose text contains `text`, newest first."""

    # Calls of workers

    def claim(self, owner: str, lease_s: float, job_id: str | None = None) -> Claim | None:
        """Claim the job that has waited longest, or job `job_id` if it waits; None: no such job
        is waiting."""

    def renew(self, claim: Claim, lease_s: float, progress: float | None = None) -> bool:
        """Renew the lease for `lease_s` from now; False: the claim has ended."""

    def holds(self, claim: Claim) -> bool:
        """Whether the claim is still valid. Only reads."""

    def save(self, claim: Claim, piece: SavedPiece, lease_s: float, progress: float) -> bool:
        """Save a piece and renew the lease; False: the claim has ended.

        This resets the count of tries, unless no audio is done yet (`progress` of 10) and the piece
        only names the remote batch.
        """

    def finish(self, claim: Claim, result: Result, short: Result) -> bool:
        """Write the result, once; False: the claim has ended. A repeated call returns True."""

    def fail(self, claim: Claim, failure: Failure) -> bool:
        """End the job with an error; False: the claim has ended."""

    def lose(self, claim: Claim, failure: Failure) -> bool:
        """End this attempt: the job waits for the next one, or fails with `failure` after the
        last."""

    def hand_back(self, claim: Claim) -> bool:
        """Return the job to the queue at once; the attempt does not count."""

    # Maintenance

    def sweep(self) -> list[str]:
        """End expired leases; → ids of the jobs that wait again."""

    def unsent(self, older_s: float | None, limit: int) -> list[str]:
        """Ids of waiting jobs that may run now and were not sent in the last `older_s` seconds;
        None: that were never sent since they began to wait."""

    def sent(self, job_ids: Sequence[str]) -> None:
        """Note that the ids have just been sent to workers."""

    def version(self) -> int:
        """Version of the latest change."""

    def changes(self, since: int, limit: int) -> list[JobChange]:
        """The latest state of each job that changed after version `since`, oldest change first."""

    def counts(self) -> Mapping[Status, int]:
        """Number of jobs by state; every state is present."""

    def ended_before(self, moment: float, limit: int) -> list[str]:
        """Ids of jobs that ended before `moment` (seconds since 1970), oldest first."""

    def used_files(self) -> frozenset[str]:
        """The `file_id` of every job."""
