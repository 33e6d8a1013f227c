"""`realtime worker`: a process that does jobs and listens nowhere."""

from __future__ import annotations

import asyncio
import threading

import structlog
import uvloop

from realtime.app.backends import KINDS
from realtime.app.detectors import make_detector
from realtime.app.http import make_files, make_transcription
from realtime.app.jobs import (
    JobNeeds,
    make_carrier,
    make_job_files,
    make_runner,
    make_store,
)
from realtime.app.options import beam_size
from realtime.app.process.signals import stop_signals
from realtime.app.speakers import load_speakers, make_voices
from realtime.app.steps import make_postprocessor
from realtime.app.switch import BackendSwitch
from realtime.jobs.sender import Sender
from realtime.jobs.threads import Threads
from realtime.jobs.upkeep import JobMaintenance, JobMaintenanceOptions
from realtime.metrics import Metrics
from realtime.settings import Settings
from realtime.settings.data_dir import open_data_dir

log = structlog.get_logger(__name__)


class Worker:
    """What one worker process runs. `start`, then `stop`."""

    def __init__(self, settings: Settings) -> None:
        """Raises SetupError where the data directory, the store or the carrier cannot be used."""
        open_data_dir(settings.data_dir, shared=settings.data_dir_shared)
        self.settings = settings
        metrics = Metrics()
        self._engine = BackendSwitch(settings, metrics, KINDS).engine
        self._transcriber = make_files(self._engine, settings)
        transcription = make_transcription(
            self._transcriber, self._engine, make_postprocessor(settings), settings
        )
        needs = JobNeeds(
            self._engine,
            self._transcriber,
            transcription,
            lambda: beam_size(settings, self._engine),
            metrics,
        )
        self._store = make_store(settings)
        self._threads = Threads()
        carrier = make_carrier(settings)
        self._sender = Sender(self._store, carrier) if carrier else None
        files = make_job_files(settings)
        self.runner = make_runner(self._store, self._threads, needs, files, settings)
        self._upkeep = JobMaintenance(
            self._store,
            files,
            self._threads,
            JobMaintenanceOptions(settings.job_days),
            metrics,
            wake=self._sender.wake if self._sender else self.runner.wake,
        )

    async def start(self) -> None:
        """Load the model, unless an API elsewhere does the work; then take jobs.

        Raises SetupError, LoadFailed.
        """
        loop = asyncio.get_running_loop()
        model = self.settings.api_url
        if not model:
            await loop.run_in_executor(None, make_detector, self.settings.vad)
            voices = make_voices(self.settings)
            await loop.run_in_executor(None, load_speakers, voices, self.settings)
            await loop.run_in_executor(None, self._engine.start)
            model = self._engine.info.model
        self._upkeep.start()
        if self._sender is not None:
            self._sender.start()
        self.runner.start()
        log.info("ready", worker=self.runner.owner, model=model, jobs=self.settings.max_jobs)

    async def stop(self) -> None:
        """Hand back what runs, and close everything."""
        await self.runner.stop()
        await self._upkeep.stop()
        if self._sender is not None:
            await self._sender.stop()
        self._threads.close()
        self._transcriber.close()
        self._store.close()
        await asyncio.get_running_loop().run_in_executor(None, self._engine.stop)


def work(settings: Settings) -> int:
    """Do jobs until SIGTERM, SIGINT or SIGHUP; → exit code. Raises SetupError, LoadFailed."""
    if settings.queue_url:
        return _work_for_celery(settings)
    return uvloop.run(_work_by_pulling(settings))


async def _work_by_pulling(settings: Settings) -> int:
    """Without a carrier: look into the store for what waits."""
    worker, stopping, loop = Worker(settings), asyncio.Event(), asyncio.get_running_loop()
    for number in stop_signals():
        loop.add_signal_handler(number, stopping.set)
    try:
        await worker.start()
        await stopping.wait()
    finally:
        await worker.stop()
    return 0


def _work_for_celery(settings: Settings) -> int:
    """Celery wants the main thread, for its signals: everything else gets a loop beside it."""
    from realtime.jobs.celery_carrier import make_celery
    from realtime.jobs.celery_worker import take_jobs

    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="worker-loop", daemon=True)
    thread.start()

    async def make() -> Worker:
        worker = Worker(settings)
        await worker.start()
        return worker

    worker = asyncio.run_coroutine_threadsafe(make(), loop).result()
    app = make_celery(settings.queue_url, settings.queue_visibility_s)
    try:
        return take_jobs(app, worker.runner, loop, settings.drain_s)
    finally:
        asyncio.run_coroutine_threadsafe(worker.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
