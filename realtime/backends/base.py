"""What the engine asks of a speech model. Files beside this one are alternatives."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from realtime.traits import Traits
from realtime.types import Hypothesis, Window, WindowShape


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What a backend says of itself, for `ready`, `/health` and the log."""

    backend: str
    """faster-whisper, transformers, openai-whisper, openai-api, scripted"""
    model: str
    """Shown name: `small`, `micro (bundled demo)` …"""
    backend_type: str = ""
    """The class or the kind of it, for who knows the library."""
    device: str = "cpu"
    compute_type: str = "int8"
    model_path: str = ""


class Backend(Protocol):
    """One loaded model. Stateless between calls, so any number of streams may share it."""

    @property
    def info(self) -> BackendInfo: ...

    @property
    def traits(self) -> Traits:
        """What callers must know before they ask it anything."""
        ...

    @property
    def max_batch(self) -> int:
        """The most windows of streams that one call of `decode` takes."""
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
        """How many of them only windows of files may use, so that no file ever delays a stream."""
        ...

    def group_key(self, shape: WindowShape) -> Hashable:
        """Windows whose shapes have equal keys may share one `decode`.

        Audio may grow a little between the shape and the window: `decode` takes the largest bucket
        needed.
        """
        ...

    def cost_s(self, key: Hashable, batch: int) -> float:
        """Expected seconds for a batch of `batch` windows of this key; learned as it runs."""
        ...

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """One hypothesis a window, in order.

        Blocking; called from a worker thread. Raises whatever the model raises: the engine then
        tries the windows one by one, so that only the poisoned one fails. After ModelEnded it loads
        the model again first.
        """
        ...

    @property
    def lost(self) -> bool:
        """Whether it can never decode again, since the process that held the model is gone."""
        ...

    def kill(self) -> None:
        """End a call that hangs, and give the memory back at once, where that is possible: then
        `lost` is true, and calls in progress raise ModelEnded. A thread cannot be ended."""
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...
