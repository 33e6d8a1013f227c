"""The interface between the engine and a speech model. The modules beside this one implement it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from realtime.traits import Traits
from realtime.types import Hypothesis, Window, WindowShape


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """A backend's description of itself, for `ready`, `/health` and the log."""

    backend: str
    """faster-whisper, transformers, openai-whisper, openai-api, scripted"""
    model: str
    """Shown name: `small`, `micro (bundled demo)` …"""
    backend_type: str = ""
    """The library's class or kind of model, for readers who know the library."""
    device: str = "cpu"
    compute_type: str = "int8"
    model_path: str = ""


class Backend(Protocol):
    """One loaded model. Stateless between calls, so any number of streams may share it."""

    @property
    def info(self) -> BackendInfo: ...

    @property
    def traits(self) -> Traits:
        """What callers must know before they decode."""
        ...

    @property
    def max_batch(self) -> int:
        """Most windows of streams in one call of `decode`."""
        ...

    @property
    def max_file_batch(self) -> int:
        """The same for windows of files, which nobody waits for word by word."""
        ...

    @property
    def workers(self) -> int:
        """How many threads may call `decode` at once."""
        ...

    @property
    def file_workers(self) -> int:
        """How many of the workers only windows of files may use, so that no file delays a
        stream."""
        ...

    def group_key(self, shape: WindowShape) -> Hashable:
        """Windows whose shapes have equal keys may share one `decode`.

        Audio may grow a little between the shape and the window: `decode` takes the largest bucket
        needed.
        """
        ...

    def cost_s(self, key: Hashable, batch: int) -> float:
        """Expected seconds of a call with `batch` windows of this key, learned from past calls."""
        ...

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Return one hypothesis per window, in order.

        Blocks; called from a worker thread. Raises whatever the model raises: the engine then tries
        the windows one by one, so that only the faulty one fails. After ModelEnded it loads the
        model again first.
        """
        ...

    @property
    def lost(self) -> bool:
        """Whether it can never decode again, since the process that held the model is gone."""
        ...

    def kill(self) -> None:
        """End a hung call and free the memory at once, where that is possible: then `lost` is true,
        and calls in progress raise ModelEnded. A thread cannot be ended."""
        ...

    def close(self) -> None:
        """Free the memory."""
        ...
