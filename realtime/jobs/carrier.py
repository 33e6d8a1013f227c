"""Sends the ids of jobs to workers on other machines. The store stays authoritative: an id that
arrives twice is claimed once, and a lost one is sent again."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Sequence
from typing import Protocol

from realtime.errors import ServerError
from realtime.jobs.runner import Runner


class CarrierDown(ServerError):
    """The carrier cannot send anything now."""

    code, http_status = "not_ready", 503


class Carrier(Protocol):
    """The sending end. Its calls block for milliseconds and are safe from any thread."""

    def send(self, job_ids: Sequence[str]) -> None:
        """Send the ids. Raises CarrierDown; some ids may have been sent then."""

    def waiting(self) -> int:
        """Number of ids that no worker has taken yet. Raises CarrierDown."""

    def close(self) -> None:
        """Close its connections."""


class Receiver(Protocol):
    """A worker's end of a carrier."""

    def take_jobs(self, runner: Runner, loop: AbstractEventLoop, grace_s: float) -> int:
        """Have `runner` do every job whose id arrives (`Runner.run`). Runs in the main thread until
        SIGTERM or SIGINT; → exit code.

        `loop`: the loop of `runner`, in another thread. Running jobs get `grace_s` to end by
        themselves; those left are then returned to the queue.
        """
