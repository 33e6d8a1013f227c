"""What a runner asks of whoever does the work: updates, in order, and a result at the end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from realtime.jobs.job import Claim, SavedPiece
from realtime.jobs.store.base import Result


@dataclass(frozen=True, slots=True)
class Begun:
    """The work has its place at the model: from here on it must get further."""


@dataclass(frozen=True, slots=True)
class Further:
    """A part is done for good."""

    progress: float
    """Percent of the whole job."""
    piece: SavedPiece | None = None
    """From which another attempt goes on; None where there is nothing to save."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last update."""

    result: Result
    short: Result
    """The result without what makes it long, for lists of jobs."""


Update: TypeAlias = Begun | Further | Finished


class Work(Protocol):
    """Transcribes. Closing the generator ends all that it had begun."""

    def __call__(self, claim: Claim, /) -> AsyncGenerator[Update, None]:
        """Go on behind `claim.pieces`.

        Raises errors of our tree: one whose fault is the client's ends the job, after others it is
        tried again. Whatever else it raises is a mistake of ours, and tried again too.
        """
