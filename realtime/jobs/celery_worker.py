"""Takes ids from Celery and passes the jobs to a runner, until a signal stops it."""

from __future__ import annotations

import asyncio
import logging
import warnings
from concurrent.futures import CancelledError
from typing import Any

import structlog
from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import setup_logging, worker_shutting_down

from realtime.errors import DiskFull, NotReady
from realtime.jobs.celery_carrier import TASK, make_celery
from realtime.jobs.runner import Runner

log = structlog.get_logger(__name__)

CHATTY = ("celery.worker.strategy", "celery.app.trace")
"""Loggers that log every message; the runner logs every job."""


def register(app: Celery, runner: Runner, loop: asyncio.AbstractEventLoop) -> None:
    """Pass the messages of `app` to `runner`, which runs on `loop`."""

    def carry(job_id: str) -> None:
        try:
            if not asyncio.run_coroutine_threadsafe(runner.run(job_id), loop).result():
                log.debug("job.not_ours", job=job_id)  # the job has ended, or another worker has it
        except (NotReady, DiskFull) as error:
            log.warning("job.not_taken", job=job_id, reason=str(error))  # the sender sends it again
        except CancelledError:
            log.warning("job.not_taken", job=job_id, reason="the worker stops")

    app.task(carry, name=TASK, shared=False)


class CeleryReceiver:
    """A `Receiver` for Celery. A second signal ends the process at once."""

    def __init__(self, url: str, visibility_s: float) -> None:
        """Connects when it takes jobs."""
        self._app = make_celery(url, visibility_s)

    def take_jobs(self, runner: Runner, loop: asyncio.AbstractEventLoop, grace_s: float) -> int:
        """See `Receiver`."""

        def wind_down(**_: Any) -> None:
            log.info("draining", jobs=runner.running, grace_s=grace_s)
            asyncio.run_coroutine_threadsafe(_let_end(runner, grace_s), loop)

        def keep_our_logging(**_: Any) -> None:
            """Celery configures no logging where this signal has a listener."""

        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        # Containers usually run as root. Celery's warning concerns pickled messages; ours are JSON.
        warnings.simplefilter("ignore", SecurityWarning)
        setup_logging.connect(keep_our_logging, weak=False)
        worker_shutting_down.connect(wind_down, weak=False)
        register(self._app, runner, loop)
        worker = self._app.Worker(
            # Threads: the engine's own workers compute, these only wait.
            pool="threads",
            concurrency=runner.options.max_jobs,
            hostname=runner.owner,
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        worker.start()
        return int(worker.exitcode or 0)


async def _let_end(runner: Runner, grace_s: float) -> None:
    """Let running jobs end within `grace_s`, then return the others to the queue."""
    await runner.drain(grace_s)
    await runner.stop()
