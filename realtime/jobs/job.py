"""A job, and its state machine.

    PENDING ──CLAIM──▶ PROCESSING ──FINISH──▶ COMPLETED
       ▲  ▲                │ │ │
       │  └───HAND_BACK────┘ │ ├──FAIL, GIVE_UP──▶ FAILED
       │      RETURN         │ │                     │
       └───────RETRY─────────┼─┼─────────────────────┘
                CANCEL ──────┘ ▼
    PENDING ──CANCEL──▶ CANCELLED ──RETRY──▶ PENDING

The table below is the whole machine. Stores build the conditions of their statements from it, so
that a step which the table does not allow changes nothing, whoever tries it and however late.

A claim is a *lease*: it ends unless its holder renews it. The claim gets the job's next attempt
number, and every later write must name owner and attempt (*fencing*): a worker that stalled beyond
the end of its lease can write nothing any more. Cancelling is a step too: either it or the result
comes first, and the worker learns that it no longer holds the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any

MAX_TRIES = 3
"""Attempts in a row without progress after which a job fails."""
PROCESSING_FROM, PROCESSING_TO, DONE = 10.0, 90.0, 100.0
"""Progress in percent: claimed, all audio transcribed, ended."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
"""Pause before the second attempt, and the longest pause before any."""


class Status(StrEnum):
    """State of a job, as the API names it."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobStep(Enum):
    """An event in a job's life."""

    CLAIM = auto()
    """A worker takes it, for the length of a lease."""
    FINISH = auto()
    """The worker has the result."""
    FAIL = auto()
    """The worker has an error that another attempt would not change."""
    RETURN = auto()
    """The attempt or its lease ended without a result: the next attempt may succeed."""
    GIVE_UP = auto()
    """As RETURN, but the attempt was the last one allowed."""
    HAND_BACK = auto()
    """The worker shuts down: the attempt does not count."""
    CANCEL = auto()
    """A user cancels it."""
    RETRY = auto()
    """A user starts it again."""


STEPS: Mapping[tuple[Status, JobStep], Status] = {
    (Status.PENDING, JobStep.CLAIM): Status.PROCESSING,
    (Status.PENDING, JobStep.CANCEL): Status.CANCELLED,
    (Status.PROCESSING, JobStep.FINISH): Status.COMPLETED,
    (Status.PROCESSING, JobStep.FAIL): Status.FAILED,
    (Status.PROCESSING, JobStep.RETURN): Status.PENDING,
    (Status.PROCESSING, JobStep.GIVE_UP): Status.FAILED,
    (Status.PROCESSING, JobStep.HAND_BACK): Status.PENDING,
    (Status.PROCESSING, JobStep.CANCEL): Status.CANCELLED,
    (Status.FAILED, JobStep.RETRY): Status.PENDING,
    (Status.CANCELLED, JobStep.RETRY): Status.PENDING,
}
"""(State, step) → next state. Other steps are not allowed."""

ENDED = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})
"""States that only a user's action can change."""


def sources(step: JobStep) -> frozenset[Status]:
    """The states in which `step` may be taken."""
    return frozenset(status for status, taken in STEPS if taken is step)


def target(step: JobStep) -> Status:
    """The one state that `step` leads to, whatever the state before it."""
    (status,) = {to for (_, taken), to in STEPS.items() if taken is step}
    return status


def after_a_loss(tries: int) -> JobStep:
    """The step for a job whose `tries`-th attempt in a row made no progress."""
    return JobStep.GIVE_UP if tries >= MAX_TRIES else JobStep.RETURN


def pause_s(tries: int) -> float:
    """Seconds before the attempt after the `tries`-th: doubled each time, up to a limit."""
    return float(min(FIRST_PAUSE_S * 2 ** max(tries - 1, 0), LONGEST_PAUSE_S))


def progress_of(done_s: float, total_s: float | None) -> float:
    """Percent, from the seconds of audio that are done.

    Without a known total, progress approaches `PROCESSING_TO` without reaching it: an hour of audio
    is half of the way.
    """
    if total_s is None or total_s <= 0:
        share = done_s / (done_s + 3600.0) if done_s > 0 else 0.0
    else:
        share = min(max(done_s / total_s, 0.0), 1.0)
    return PROCESSING_FROM + share * (PROCESSING_TO - PROCESSING_FROM)


def waiting_progress(ahead: int) -> float:
    """Percent of a job that waits behind `ahead` others: `PROCESSING_FROM` for the first one."""
    return PROCESSING_FROM / (1 + ahead)


class Reason(StrEnum):
    """Why a job ended without a result, as the API names it."""

    TIMEOUT = "timeout"
    API_ERROR = "api_error"
    PATH_NOT_FOUND = "path_not_found"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason for a missing result."""

    reason: Reason
    message: str
    """A sentence for the user."""
    detail: str = ""
    """Code of the underlying error, such as `not_audio`, for texts in other languages."""


CANCELLED_BY_USER = Failure(Reason.CANCELLED, "The job was cancelled.")
GAVE_UP = Failure(
    Reason.INTERNAL,
    f"The job was tried {MAX_TRIES} times and its worker ended each time: check the file, and "
    "the server's log for the cause.",
)


@dataclass(frozen=True, slots=True)
class Labels:
    """A user's labels, by which a job is found."""

    name: str = ""
    """Replaces the upload's name; empty: the upload's name is used."""
    folder: str = ""
    """Empty: no folder."""
    tags: tuple[str, ...] = ()
    is_set_aside: bool = False
    """The user preferred another transcript of the same upload: lists may leave this one out."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as the store knows it, without its result."""

    id: str
    file_id: str
    """The upload that it transcribes."""
    request: Mapping[str, Any]
    """The request's options (JSON), as the API checked them."""
    status: Status
    progress: float
    """Percent, as stored; `waiting_progress` refines it while the job waits."""
    created_at: float
    """Seconds since 1970, like all times of a job."""
    started_at: float | None = None
    """Start of the first attempt since the job was added or retried."""
    completed_at: float | None = None
    """When it ended, in any way."""
    failure: Failure | None = None
    """Set in the states `failed` and `cancelled`."""
    owner: str = ""
    """The holder of the lease, or its last holder when the job has ended."""
    attempt: int = 0
    """Number of claims; it never decreases."""
    tries: int = 0
    """Attempts in a row without progress, this one included."""
    version: int = 0
    """The store's version at the last change of this job: later changes have greater ones."""
    submitter: str = ""
    """The job's owner; empty: it was added without a key, and everyone may see it."""
    labels: Labels = Labels()


def is_shown(submitter: str, asker: str) -> bool:
    """Whether `asker` may see what `submitter` added. Either may be empty: not identified."""
    return not asker or submitter in ("", asker)


@dataclass(frozen=True, slots=True)
class SavedPiece:
    """The result of one part of a file, from which a later attempt continues."""

    number: int
    """Counts from 0, in order of time."""
    segments: tuple[Mapping[str, Any], ...]
    """JSON of the transcript's segments."""
    checkpoint: Mapping[str, Any]
    """JSON from which the next attempt continues."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job until the lease ends. Every write names it."""

    job: Job
    owner: str
    attempt: int
    pieces: tuple[SavedPiece, ...] = ()
    """Pieces from earlier attempts."""
