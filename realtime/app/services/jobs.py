"""Wiring of jobs: the store, the runner that does the work, and the carrier."""

from __future__ import annotations

from collections.abc import Callable

from realtime.app.carriers import extra_missing, make_carrier
from realtime.app.core import Core
from realtime.app.options import api_key
from realtime.app.services.base import PartialService
from realtime.errors import SetupError
from realtime.jobs.files import JobFiles
from realtime.jobs.maintenance import JobMaintenance, JobMaintenanceOptions
from realtime.jobs.remote import RemoteWork
from realtime.jobs.runner import Runner, RunnerOptions
from realtime.jobs.sender import JobSender
from realtime.jobs.service import JobService
from realtime.jobs.store.base import JobStore, NewJob
from realtime.jobs.store.sqlite import SqliteStore
from realtime.jobs.threads import Threads
from realtime.jobs.work import Work
from realtime.keys.quotas import Quotas
from realtime.settings import Settings
from realtime.transcribe.job_work import LocalWork, shortened
from realtime.transcribe.service import Transcription

POSTGRES = ("postgresql://", "postgres://")


class JobStorage(PartialService):
    """The storage of jobs and their uploads, and the threads for its blocking calls."""

    def __init__(self, settings: Settings) -> None:
        """Raises SetupError where the store cannot be used."""
        self.store = make_store(settings)
        self.files = make_job_files(settings)
        self.threads = Threads()

    async def stop(self) -> None:
        self.threads.close()
        self.store.close()


class JobTaker(PartialService):
    """Starts and stops a runner. There is nothing to drain: a job outlives the process, so jobs
    are taken until the end, and running ones are then returned to the queue."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def start(self) -> None:
        """Take waiting jobs, and those that a dead process left behind."""
        await self._runner.start()

    async def stop(self) -> None:
        """Return running jobs to the queue: the next start, or another worker, continues them."""
        await self._runner.stop()


class Jobs:
    """The parts of one process that handle jobs."""

    def __init__(
        self,
        core: Core,
        transcription: Transcription,
        quotas: Quotas | None,
        client_name: Callable[[str], str],
        *,
        works: bool,
    ) -> None:
        """`quotas`: those of the keys that submit jobs; None: this process accepts no jobs.
        `client_name`: an owner's name for logs. `works`: do jobs even where a carrier sends their
        ids to workers.

        Raises SetupError where the store or the carrier cannot be used.
        """
        settings = core.settings
        self.storage = JobStorage(settings)
        store, files, threads = self.storage.store, self.storage.files, self.storage.threads
        carrier = make_carrier(settings)
        self.sender = JobSender(store, carrier) if carrier else None
        """None without a carrier."""
        self.runner: Runner | None = None
        """None where a carrier sends ids to workers, and this process is not a worker."""
        if works or carrier is None:
            self.runner = make_runner(self.storage, core, transcription)
        waking = self.sender or self.runner
        assert waking is not None  # without a carrier there is a runner
        self._quotas = quotas
        self.service = JobService(
            store,
            files,
            threads,
            runner=self.runner,
            wake=waking.wake,
            accepted=self._count,
        )
        if self.runner is not None:
            self.runner.changed = self.service.feed.tell
            self.runner.client_name = client_name
        self.maintenance = JobMaintenance(
            store,
            files,
            threads,
            JobMaintenanceOptions(settings.job_days),
            core.metrics,
            wake=waking.wake,
        )

    def _count(self, new: NewJob) -> None:
        """Count a file when its job is submitted; its length only if the header states it. Other
        lengths count after the transcription."""
        if self._quotas is not None:
            self._quotas.add(new.submitter, "file", float(new.request.get("duration_s") or 0.0))


def make_store(settings: Settings) -> JobStore:
    """The store that `job_store` names. Raises SetupError."""
    url = settings.job_store
    if not url:
        return SqliteStore(settings.data_dir / "jobs.sqlite3")
    if not url.startswith(POSTGRES):
        raise SetupError(
            "The setting job_store must be empty for SQLite, or begin with postgresql://."
        )
    try:
        from realtime.jobs.store.postgres import PostgresStore
    except ImportError as error:
        raise extra_missing("job_store") from error
    return PostgresStore(url)


def make_job_files(settings: Settings) -> JobFiles:
    """The job uploads, in the same folder as temporary uploads, which are files without names."""
    return JobFiles(settings.data_dir / "uploads")


def make_runner(storage: JobStorage, core: Core, transcription: Transcription) -> Runner:
    """A runner that does jobs with this process's engine, or with the API at `api_url`. It takes
    any waiting job; with a carrier, only those whose ids arrive."""
    settings = core.settings
    work: Work
    if settings.api_url:
        work = RemoteWork(
            settings.api_url,
            api_key(settings),
            storage.files,
            shortened,
            stopping=lambda: runner.stopping,
        )
    else:
        work = LocalWork(storage.files, core.files, transcription, core.file_defaults)
    options = RunnerOptions(
        max_jobs=settings.max_jobs,
        lease_s=settings.job_lease_s,
        stall_s=settings.job_stall_s,
        pull=not settings.queue_url,
    )
    runner = Runner(storage.store, storage.threads, work, options)
    return runner
