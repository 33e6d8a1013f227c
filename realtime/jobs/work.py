"""The interface between a runner and the transcription: updates in order, then a result."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from realtime.jobs.job import Claim, SavedPiece
from realtime.jobs.store.base import Result


@dataclass(frozen=True, slots=True)
class Started:
    """The model has begun with the file: from now on a lack of progress is a stall."""


@dataclass(frozen=True, slots=True)
class PartDone:
    """A part of the file is done."""

    progress: float
    """Percent of the whole job."""
    piece: SavedPiece | None = None
    """Checkpoint for another attempt; None where there is nothing to save."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last update."""

    result: Result
    short: Result
    """The result without its long parts, for lists of jobs."""


Update: TypeAlias = Started | PartDone | Finished


class Work(Protocol):
    """Transcribes a job's file. Closing the generator stops the work."""

    def __call__(self, claim: Claim, /) -> AsyncGenerator[Update, None]:
        """Continue after `claim.pieces`.

        Raises RealtimeError: one that is the client's fault ends the job, after others the job is
        tried again. Any other exception is a bug, after which the job is tried again, too.
        """
