"""The carrier on Celery and Redis. A message is a job's id; the store, not Celery, has its state.

Celery's own states, results and retries are switched off. The settings were measured: with kombu's
defaults a job whose worker was killed came back after 94 s instead of 24 s.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from celery import Celery
from kombu.exceptions import OperationalError
from redis import RedisError

from realtime.jobs.carrier import CarrierDown

QUEUE = "realtime-jobs"
TASK = "realtime.jobs.run"
CONNECT_S = 5.0
SWEEP_S = 5
"""How often kombu looks for messages whose visibility ran out (its two settings multiply)."""


def make_celery(url: str, visibility_s: float) -> Celery:
    """An application on the Redis of `url`."""
    app = Celery("realtime", broker=url, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        # Acknowledge a message when its job has ended, so that those of a killed worker return.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        # No message waits in a busy worker while another one is free.
        worker_prefetch_multiplier=1,
        # A broken connection must not start a job a second time while the first run goes on.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=CONNECT_S,
        broker_transport_options={
            "visibility_timeout": visibility_s,
            "unacked_restore_interval": SWEEP_S,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": CONNECT_S,
            "socket_timeout": None,
        },
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
    )
    return app


class CeleryCarrier:
    """A `Carrier` that sends ids with Celery."""

    def __init__(self, url: str, visibility_s: float) -> None:
        """Connects on the first call."""
        self._app = make_celery(url, visibility_s)
        # By default, connecting is retried without end while the sender waits.
        self._app.conf.broker_transport_options |= {
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.2,
        }

    def send(self, job_ids: Sequence[str]) -> None:
        """Raises CarrierDown."""
        with _carrier_errors(), self._app.producer_pool.acquire(block=True) as producer:
            for job_id in job_ids:
                self._app.send_task(TASK, args=[job_id], producer=producer, retry=False)

    def waiting(self) -> int:
        """Raises CarrierDown."""
        with _carrier_errors(), self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=CONNECT_S)
            return int(connection.default_channel.client.llen(QUEUE))

    def close(self) -> None:
        self._app.close()


@contextlib.contextmanager
def _carrier_errors() -> Iterator[None]:
    try:
        yield
    except (OperationalError, RedisError, OSError) as error:
        raise CarrierDown(
            f"Redis cannot be reached ({type(error).__name__}): jobs wait until it can.",
            retry_after_s=5.0,
        ) from error
