"""The calls of the HTTP API on jobs: add, read, cancel, retry, delete, follow changes.

`asker` is the owner who asks: the jobs of others do not exist for them. Where clients cannot be
told apart it is empty, and sees everything.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from realtime.errors import NotFound
from realtime.jobs.feed import Feed
from realtime.jobs.files import JobFiles, StoredFile
from realtime.jobs.job import Job, Labels, Status, is_shown, waiting_progress
from realtime.jobs.maintenance import delete_job
from realtime.jobs.runner import Runner
from realtime.jobs.store.base import Hit, JobStore, NewJob, Result
from realtime.jobs.threads import Threads


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it."""

    job: Job
    result: Result | None = None
    ahead: int | None = None
    """Number of jobs that wait before it; None unless the job itself waits."""


class JobService:
    """For one event loop. When a call returns, its change is on disk."""

    def __init__(
        self,
        store: JobStore,
        files: JobFiles,
        threads: Threads,
        *,
        runner: Runner | None = None,
        wake: Callable[[], None] = lambda: None,
        accepted: Callable[[NewJob], None] = lambda new: None,
    ) -> None:
        """`runner`: this process's, if it does jobs itself. `wake`: called when jobs may be
        waiting. `accepted`: called with every new job."""
        self.files = files
        self.threads = threads
        self.feed = Feed(store, threads)
        self._store = store
        self._runner = runner
        self._wake = wake
        self._accepted = accepted

    async def submit(
        self,
        file_id: str,
        request: Mapping[str, Any],
        idempotency_key: str = "",
        asker: str = "",
    ) -> Job:
        """A new job, or the one that the key belongs to.

        Raises MissingFile, Conflict (the key belongs to another request), NotReady, DiskFull.
        """
        await self.upload(file_id, asker)
        new = NewJob(str(uuid.uuid4()), file_id, request, idempotency_key, asker)
        job, is_new = await self.threads.run(lambda: self._store.add(new))
        if is_new:
            self._accepted(new)
            self._announce()
        return job

    async def upload(self, file_id: str, asker: str = "") -> StoredFile:
        """The description of an upload. Raises MissingFile."""
        return await self.threads.run(lambda: self.files.describe(file_id, asker))

    async def view(self, job_id: str, asker: str = "") -> JobView:
        """The job as it is now, with its result. Raises NotFound, NotReady."""
        return await self.threads.run(lambda: self._view(job_id, asker))

    async def views(
        self, status: Status | None, limit: int, offset: int, asker: str = ""
    ) -> tuple[int, list[JobView]]:
        """→ the number of all such jobs, and a page of them, newest first, with short results."""

        def ask() -> tuple[int, list[JobView]]:
            total, found = self._store.jobs(status, limit, offset, asker)
            return total, [self._placed(JobView(job, short)) for job, short in found]

        return await self.threads.run(ask)

    async def cancel(self, job_id: str, asker: str = "") -> Job:
        """Cancel the job; its work stops at once. Raises NotFound, Conflict."""

        def ask() -> Job:
            self._get(job_id, asker)
            return self._store.cancel(job_id)

        job = await self.threads.run(ask)
        self._abandon(job_id)
        return job

    async def retry(self, job_id: str, asker: str = "") -> Job:
        """Do a failed or cancelled job again. Raises NotFound, Conflict, MissingFile."""

        def ask() -> Job:
            self.files.describe(self._get(job_id, asker).file_id)
            return self._store.retry(job_id)

        job = await self.threads.run(ask)
        self._announce()
        return job

    async def delete(self, job_id: str, asker: str = "") -> None:
        """Delete the job, its result and its upload; its work stops. Raises NotFound."""
        await self.threads.run(lambda: self._get(job_id, asker))
        await self.threads.run(lambda: delete_job(self._store, self.files, job_id))
        self._abandon(job_id)

    async def label(self, job_id: str, change: Callable[[Labels], Labels], asker: str = "") -> Job:
        """Change the job's labels. Raises NotFound."""
        job = await self.threads.run(
            lambda: self._store.label(job_id, change(self._get(job_id, asker).labels))
        )
        self.feed.tell()
        return job

    async def correct(self, job_id: str, text: str) -> None:
        """Set the corrected text by which `search` finds the job."""
        await self.threads.run(lambda: self._store.correct(job_id, text))

    async def search(self, text: str, limit: int, asker: str = "") -> list[Hit]:
        """Jobs whose transcripts contain `text`, newest first."""
        return await self.threads.run(lambda: self._store.search(text, limit, asker))

    async def version(self) -> int:
        """Version of the latest change, for `feed.changes` to continue from."""
        return await self.threads.run(self._store.version)

    def _abandon(self, job_id: str) -> None:
        if self._runner is not None:
            self._runner.abandon(job_id)
        self.feed.tell()

    def _announce(self) -> None:
        """Notify the listeners, and the runner or sender."""
        self.feed.tell()
        self._wake()

    def _get(self, job_id: str, asker: str) -> Job:
        """Raises NotFound, also for a malformed id, and for a job that `asker` may not see."""
        try:
            uuid.UUID(job_id)
        except ValueError:
            raise _no_job() from None
        job = self._store.get(job_id)
        if not is_shown(job.submitter, asker):
            raise _no_job()
        return job

    def _view(self, job_id: str, asker: str) -> JobView:
        job = self._get(job_id, asker)
        result = self._store.result(job_id) if job.status is Status.COMPLETED else None
        return self._placed(JobView(job, result))

    def _placed(self, view: JobView) -> JobView:
        if view.job.status is not Status.PENDING:
            return view
        ahead = self._store.ahead(view.job)
        job = replace(view.job, progress=max(view.job.progress, waiting_progress(ahead)))
        return replace(view, job=job, ahead=ahead)


def _no_job() -> NotFound:
    return NotFound("There is no such job: it was deleted, or the id is mistyped.")
