"""Sends the ids of jobs to workers on other machines. The store stays the truth: an id that arrives
twice is claimed once, and a lost one is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from realtime.errors import ServerError


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
