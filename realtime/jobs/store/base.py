"""What a store of jobs does. All calls block for milliseconds; safe from any thread and process.

Whatever is said to have happened is on disk. Where nothing can be written, a call raises
DiskFull (no room) or NotReady (locked, read-only, unreachable) and has changed nothing.
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
    """The same key with the same request gives the same job, however often it is sent. Of each
    submitter alone."""
    submitter: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a job; `job` is None where it was deleted."""

    version: int
    job_id: str
    job: Job | None
    submitter: str = ""
    """Whose it is, or was."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A job in whose text something was found."""

    job_id: str
    excerpt: str
    """The words around it."""


class JobStore(Protocol):
    """The truth about all jobs."""

    def close(self) -> None:
        """Let go of files and connections."""

    # What users do

    def add(self, new: NewJob) -> tuple[Job, bool]:
        """→ the job, and whether it is new. Raises Conflict: the key belongs to another request."""

    def get(self, job_id: str) -> Job:
        """Raises NotFound."""

    def result(self, job_id: str) -> Result | None:
        """The whole result; None unless the job is completed."""

    def jobs(
        self, status: Status | None, limit: int, offset: int, asker: str = ""
    ) -> tuple[int, list[tuple[Job, Result | None]]]:
        """→ how many there are in all that `asker` sees, and a page of them, newest first, with
        short results."""

    def ahead(self, job: Job) -> int:
        """How many jobs wait that were added before this one."""

    def cancel(self, job_id: str) -> Job:
        """End a waiting or running job; one that is cancelled stays so.

        Raises NotFound, and Conflict where it has ended otherwise.
        """

    def retry(self, job_id: str) -> Job:
        """Have a failed or cancelled job done again. Raises NotFound, Conflict."""

    def delete(self, job_id: str) -> Job:
        """Forget a job in any state, its result too; → what it was. Raises NotFound."""

    # How jobs are found again

    def label(self, job_id: str, labels: Labels) -> Job:
        """Put these on it, in place of what was there. Raises NotFound."""

    def correct(self, job_id: str, text: str) -> None:
        """What the transcript says since somebody corrected it, for `search`; "": nobody did."""

    def search(self, wanted: str, limit: int, asker: str = "") -> list[Hit]:
        """Completed jobs that `asker` sees in whose text `wanted` stands, newest first."""

    # What workers do

    def claim(self, owner: str, lease_s: float, job_id: str | None = None) -> Claim | None:
        """The job that waits longest, or the named one if it waits; None where there is none."""

    def renew(self, claim: Claim, lease_s: float, progress: float | None = None) -> bool:
        """Hold the job for `lease_s` from now on; False: it is not held any more."""

    def holds(self, claim: Claim) -> bool:
        """Whether the claim is still good. Only reads."""

    def save(self, claim: Claim, piece: SavedPiece, lease_s: float, progress: float) -> bool:
        """Keep a piece and renew the lease; False: the job is not held any more.

        A job that gets further has not failed: its tries begin again, unless the piece says only
        who does the work, and no audio is done (`progress` of 10).
        """

    def finish(self, claim: Claim, result: Result, short: Result) -> bool:
        """Write the result, once; False: the job is not held any more. True if said twice."""

    def fail(self, claim: Claim, failure: Failure) -> bool:
        """End it for good; False: the job is not held any more."""

    def lose(self, claim: Claim, failure: Failure) -> bool:
        """This attempt ended: wait for the next one, or fail with `failure` after the last."""

    def hand_back(self, claim: Claim) -> bool:
        """Let others have it at once; the attempt does not count."""

    # What keeps it going

    def sweep(self) -> list[str]:
        """End the leases that ran out; → ids of the jobs that wait again."""

    def unsent(self, older_s: float | None, limit: int) -> list[str]:
        """Ids of waiting jobs that may run now and were not sent in the last `older_s` seconds, or
        with None: not at all since they began to wait."""

    def sent(self, job_ids: Sequence[str]) -> None:
        """They have just been sent to workers."""

    def version(self) -> int:
        """Of the latest change."""

    def changes(self, since: int, limit: int) -> list[Change]:
        """The latest state of each job that changed after version `since`, oldest change first."""

    def counts(self) -> Mapping[Status, int]:
        """How many jobs there are, by state; every state is there."""

    def ended_before(self, moment: float, limit: int) -> list[str]:
        """Ids of jobs that ended before `moment` (seconds since 1970), oldest first."""

    def used_files(self) -> frozenset[str]:
        """The `file_id` of every job there is."""
