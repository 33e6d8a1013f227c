"""What all Whisper backends share, whether the network runs here or in another process."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from realtime.backends.base import BackendInfo
from realtime.backends.cost import CostTable
from realtime.backends.whisper.grouping import CallKey, Grouping
from realtime.backends.whisper.traits import WhisperTraits
from realtime.types import WindowShape


@dataclass(frozen=True, slots=True)
class CallCapacity:
    """How a backend may be called."""

    workers: int
    """Threads that may call `decode` at once."""
    max_batch: int
    max_file_batch: int
    file_workers: int = 0
    """How many of the workers are reserved for files."""


class WhisperSurface:
    """A `Backend` without `decode` and `close`."""

    def __init__(
        self, info: BackendInfo, traits: WhisperTraits, capacity: CallCapacity, grouping: Grouping
    ) -> None:
        self._info = info
        self._traits = traits
        self.capacity = capacity
        self.grouping = grouping
        self._costs = CostTable()

    @property
    def info(self) -> BackendInfo:
        return self._info

    @property
    def traits(self) -> WhisperTraits:
        return self._traits

    @property
    def max_batch(self) -> int:
        return self.capacity.max_batch

    @property
    def max_file_batch(self) -> int:
        return self.capacity.max_file_batch

    @property
    def workers(self) -> int:
        return self.capacity.workers

    @property
    def file_workers(self) -> int:
        return self.capacity.file_workers

    @property
    def lost(self) -> bool:
        return False  # the model lives in this process

    def kill(self) -> None:
        """Do nothing: no thread of this process can be ended."""

    def group_key(self, shape: WindowShape) -> CallKey:
        """Raises BadOption for a language that the model lacks."""
        return self.grouping.key(shape)

    def cost_s(self, key: Hashable, batch: int) -> float:
        if not isinstance(key, CallKey):
            raise TypeError(f"not a key of this backend: {key!r}")
        return self._costs.expect(key.kind, key.frames, batch)
