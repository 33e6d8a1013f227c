"""`realtime worker`: a process that does jobs and listens on no port."""

from __future__ import annotations

import asyncio
import threading

import structlog
import uvloop

from realtime.app.carriers import make_receiver
from realtime.app.composition import Composition
from realtime.app.process.signals import stop_signals
from realtime.app.roles import Role
from realtime.app.services.base import ServiceRunner
from realtime.jobs.carrier import Receiver
from realtime.jobs.runner import Runner
from realtime.settings import Settings
from realtime.settings.data_dir import open_data_dir

log = structlog.get_logger(__name__)


class JobWorker:
    """One worker process: call `start`, then `stop`."""

    def __init__(self, settings: Settings) -> None:
        """Raises SetupError where the data directory, the store or the carrier cannot be used."""
        open_data_dir(settings.data_dir, shared=settings.data_dir_shared)
        self.settings = settings
        self._parts = Composition(frozenset({Role.WORKER}), settings)
        self._services = ServiceRunner(self._parts.stages())

    @property
    def runner(self) -> Runner:
        """The runner that does the jobs."""
        assert self._parts.jobs.runner is not None  # a worker has one
        return self._parts.jobs.runner

    async def start(self) -> None:
        """Load the model, unless an API elsewhere does the work; then take jobs.

        Raises SetupError, LoadFailed.
        """
        await self._services.start()
        settings, parts = self.settings, self._parts
        model = parts.core.engine.info.model if parts.has_model else settings.api_url
        log.info("ready", worker=self.runner.owner, model=model, jobs=settings.max_jobs)

    async def stop(self) -> None:
        """Return running jobs to the queue, and close everything."""
        await self._services.stop()


def work(settings: Settings) -> int:
    """Do jobs until SIGTERM, SIGINT or SIGHUP; → exit code. Raises SetupError, LoadFailed."""
    receiver = make_receiver(settings)
    if receiver is not None:
        return _work_for(receiver, settings)
    return uvloop.run(_work_by_pulling(settings))


async def _work_by_pulling(settings: Settings) -> int:
    """Without a carrier: poll the store for waiting jobs."""
    worker, stopping, loop = JobWorker(settings), asyncio.Event(), asyncio.get_running_loop()
    for number in stop_signals():
        loop.add_signal_handler(number, stopping.set)
    try:
        await worker.start()
        await stopping.wait()
    finally:
        await worker.stop()
    return 0


def _work_for(receiver: Receiver, settings: Settings) -> int:
    """Run `receiver` in the main thread, which gets the signals, and all else on a loop in another
    thread."""
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="worker-loop", daemon=True)
    thread.start()

    async def make() -> JobWorker:
        worker = JobWorker(settings)
        await worker.start()
        return worker

    worker = asyncio.run_coroutine_threadsafe(make(), loop).result()
    try:
        return receiver.take_jobs(worker.runner, loop, settings.drain_s)
    finally:
        asyncio.run_coroutine_threadsafe(worker.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
