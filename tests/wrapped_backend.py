"""A wrapper around a backend, for tests that override a part of it in a subclass."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from realtime.backends.base import Backend, BackendInfo
from realtime.traits import Traits
from realtime.types import Hypothesis, Window, WindowShape


class WrappedBackend:
    """Forwards everything to `inner`."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner

    @property
    def info(self) -> BackendInfo:
        return self.inner.info

    @property
    def traits(self) -> Traits:
        return self.inner.traits

    @property
    def max_batch(self) -> int:
        return self.inner.max_batch

    @property
    def max_file_batch(self) -> int:
        return self.inner.max_file_batch

    @property
    def workers(self) -> int:
        return self.inner.workers

    @property
    def file_workers(self) -> int:
        return self.inner.file_workers

    def group_key(self, shape: WindowShape) -> Hashable:
        return self.inner.group_key(shape)

    def cost_s(self, key: Hashable, batch: int) -> float:
        return self.inner.cost_s(key, batch)

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        return self.inner.decode(windows)

    @property
    def lost(self) -> bool:
        return self.inner.lost

    def kill(self) -> None:
        self.inner.kill()

    def close(self) -> None:
        self.inner.close()
