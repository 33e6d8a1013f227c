"""The engine's options and its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from realtime.types import Urgency


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """All times in seconds."""

    final_budget_s: float = 0.4
    """Time from the request for a final to its decoded text. A batch that holds more than finals
    may take half of it at most, since no call can be interrupted."""
    file_share: float = 0.05
    """Share of the busy time that file windows get at least, whatever the live load."""
    queue_limit: int = 4096
    """Most requests that may wait; one stream has one at most."""
    hang_floor_s: float = 20.0
    """A call of the model shorter than this never counts as hung. A final with every second pass
    takes six times the expected time, and a loaded machine several times more."""
    hang_per_audio_s: float = 5.0
    """A call may take this many times the duration of its audio."""
    hang_per_expected: float = 20.0
    """A call may take this many times the time that the backend expects: a machine may be slower
    than real time."""
    stall_s: float = 30.0
    """The engine is not ready after a request waited this long and no call succeeded meanwhile."""
    watch_interval_s: float = 1.0
    """Interval of the watchdog's checks."""
    reload_pause_s: float = 5.0
    """Pause between two attempts to replace a hung backend."""
    idle_s: float = 10.0
    """The engine is idle this long after the last call ended."""
    stop_timeout_s: float = 30.0
    """How long `stop` waits for running calls."""


PATIENT = EngineOptions(hang_floor_s=600.0)
"""For programs that measure accuracy, not speed, on a machine with other load: a slow model must
not count as hung."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """A snapshot for `/health`, `/ready` and admission."""

    ready: bool
    waiting: Mapping[Urgency, int]
    """Waiting requests by urgency."""
    running: int
    """Requests that are being decoded."""
    workers: int
    live_workers: int
    """How many of the workers live streams may use."""
    busy_ratio: float
    """Share of the workers' time spent decoding over about the last 5 s, 0 … 1."""
    oldest_wait_s: float
    """Age of the request that has waited longest; 0.0 if none waits."""
    last_success_age_s: float | None
    """Seconds since the model last answered; None: it has not answered yet."""
    passes: int
    """Calls of the model that returned hypotheses, since the start."""
    restarts: int
    """Hung workers that were replaced, since the start."""
    covered_s: float
    """Audio in windows of streams' finals that were decoded, since the start."""
    worked_s: float
    """Time that workers spent on these finals."""
