"""The interface to a database on which the SQL of the job stores runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from realtime.jobs.store.rows import Run


class Transactions(ABC):
    """The operations in which SQLite and PostgreSQL differ."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Run]:
        """A transaction that sees one state of the store."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Run]:
        """A transaction that is on disk when the block ends, or has not happened."""

    @abstractmethod
    def _now(self, run: Run) -> float:
        """Seconds since 1970, by the one clock that all processes of the store use."""
