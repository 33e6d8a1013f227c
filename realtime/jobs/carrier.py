"""Sends the ids of jobs to workers on other machines. The store stays the truth: an id that arrives
twice is claimed once, and a lost one is sent again."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Sequence
from typing import Protocol

from realtime.errors import ServerError
from realtime.jobs.runner import Runner


class CarrierDown(ServerError):
    """Nothing can be sent now."""

    code, http_status = "not_ready", 503


class Carrier(Protocol):
    """Blocks for milliseconds; safe from any thread."""

    def send(self, job_ids: Sequence[str]) -> None:
        """Raises CarrierDown; some may have been sent then."""

    def waiting(self) -> int:
        """Number of ids that no worker has taken yet. Raises CarrierDown."""

    def close(self) -> None:
        """Close its connections."""


class Receiver(Protocol):
    """A worker's end of a carrier."""

    def take_jobs(self, runner: Runner, loop: AbstractEventLoop, grace_s: float) -> int:
        """Have `runner` see every job through whose id arrives (`Runner.run`), in the main thread
        until SIGTERM or SIGINT; → exit code.

        `loop`: where `runner` lives, in another thread. Jobs that run get `grace_s` to end by
        themselves; what is left then is handed back.
        """
