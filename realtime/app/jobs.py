"""Jobs, wired: which store, who does the work, who carries."""

from __future__ import annotations

from fastapi import APIRouter

from realtime.app.core import Core
from realtime.app.steps import make_privacy
from realtime.errors import BadOption, BadRequest, SetupError
from realtime.jobs.carrier import Carrier
from realtime.jobs.files import JobFiles
from realtime.jobs.remote import RemoteWork
from realtime.jobs.runner import Runner, RunnerOptions
from realtime.jobs.sender import Sender
from realtime.jobs.service import JobService
from realtime.jobs.store.base import JobStore
from realtime.jobs.store.sqlite import SqliteStore
from realtime.jobs.threads import Threads
from realtime.jobs.upkeep import JobMaintenance, JobMaintenanceOptions
from realtime.jobs.work import Work
from realtime.server.jobs.bodies import AsyncFields
from realtime.server.jobs.routes import JobParts, jobs_router
from realtime.settings import Settings
from realtime.transcribe.fields import FileDefaults
from realtime.transcribe.job_work import LocalWork, shortened
from realtime.transcribe.service import Transcription
from realtime.transcribe.views import MaskedView

POSTGRES = ("postgresql://", "postgres://")


class Jobs:
    """Of a server: `start`, then `drain` and `stop`. Where ids are carried to workers, it does none
    itself."""

    def __init__(self, core: Core, transcription: Transcription) -> None:
        """Raises SetupError where the store or the carrier cannot be used."""
        self._core = core
        self._settings = settings = core.settings
        self.masked = MaskedView(make_privacy(settings))
        """Finished transcripts without personal data."""
        self._store = make_store(settings)
        self._threads = Threads()
        self._files = make_job_files(settings)
        carrier = make_carrier(settings)
        self._sender = Sender(self._store, carrier) if carrier else None
        self.runner = None
        if carrier is None:
            self.runner = make_runner(self._store, self._threads, self._files, core, transcription)
        """None where ids are carried to workers."""
        wake = self.runner.wake if self.runner else self._wake_sender
        self.service = JobService(
            self._store, self._files, self._threads, runner=self.runner, wake=wake
        )
        if self.runner is not None:
            self.runner.changed = self.service.feed.tell
        self._upkeep = JobMaintenance(
            self._store,
            self._files,
            self._threads,
            JobMaintenanceOptions(settings.job_days),
            core.metrics,
            wake=wake,
        )

    def router(self) -> APIRouter:
        """The routes of `/api/…`."""
        return jobs_router(
            JobParts(
                self.service,
                self._settings.max_upload_mb << 20,
                self._core.files.duration_s,
                self._check,
                self._core.language,
                self.masked,
            )
        )

    def start(self) -> None:
        """Begin to take jobs: what waits, and what a process that died left behind."""
        self._upkeep.start()
        if self.runner is not None:
            self.runner.start()
        if self._sender is not None:
            self._sender.start()

    async def drain(self) -> None:
        """Take no more jobs; end the streams of events."""
        self.service.feed.close()
        if self.runner is not None:
            await self.runner.drain()

    async def stop(self) -> None:
        """Hand back what runs: the next start, or another worker, goes on with it."""
        self.service.feed.close()
        if self.runner is not None:
            await self.runner.stop()
        await self._upkeep.stop()
        if self._sender is not None:
            await self._sender.stop()
        self._threads.close()
        self._store.close()

    def _wake_sender(self) -> None:
        if self._sender is not None:
            self._sender.wake()

    def _check(self, fields: AsyncFields) -> None:
        if self._settings.api_url or not self._core.engine.ready:
            return  # whoever does the job will say
        options = fields.options(FileDefaults(self._core.language()))
        try:
            self._core.engine.check(options.decode)
        except BadOption as error:
            raise BadRequest(error.message, **({"field": "language"} | error.details)) from error


def make_store(settings: Settings) -> JobStore:
    """As `job_store` says. Raises SetupError."""
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
        raise _extra_missing("job_store") from error
    return PostgresStore(url)


def make_carrier(settings: Settings) -> Carrier | None:
    """As `queue_url` says; None where jobs are done by the servers. Raises SetupError."""
    if not settings.queue_url:
        return None
    try:
        from realtime.jobs.celery_carrier import CeleryCarrier
    except ImportError as error:
        raise _extra_missing("queue_url") from error
    return CeleryCarrier(settings.queue_url, settings.queue_visibility_s)


def make_job_files(settings: Settings) -> JobFiles:
    """Beside the uploads that are not kept: those have no names."""
    return JobFiles(settings.data_dir / "uploads")


def make_runner(
    store: JobStore, threads: Threads, files: JobFiles, core: Core, transcription: Transcription
) -> Runner:
    """Has jobs done by this process's engine, or by the API at `api_url`. Takes whatever waits, or
    what is carried where something carries."""
    settings = core.settings
    work: Work
    if settings.api_url:
        work = RemoteWork(
            settings.api_url,
            api_key(settings),
            files,
            shortened,
            stopping=lambda: runner.stopping,
        )
    else:
        work = LocalWork(files, core.files, transcription, core.file_defaults)
    options = RunnerOptions(
        max_jobs=settings.max_jobs,
        lease_s=settings.job_lease_s,
        stall_s=settings.job_stall_s,
        pull=not settings.queue_url,
    )
    runner = Runner(store, threads, work, options)
    return runner


def api_key(settings: Settings) -> str:
    """What the API at `api_url` is shown: the first key of here, or none."""
    return settings.api_keys[0].get_secret_value() if settings.api_keys else ""


def _extra_missing(name: str) -> SetupError:
    return SetupError(
        f"The setting {name} needs more packages: pip install 'realtime-whisper[jobs]'."
    )
