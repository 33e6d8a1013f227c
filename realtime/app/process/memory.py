"""Returns memory to the system after large objects were freed."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3)."""
_LEAN = {_M_TRIM_THRESHOLD: 128 << 10, _M_MMAP_THRESHOLD: 4 << 20}
"""Free memory at an arena's end is returned from 128 KiB on, as in a process that has just started;
each block from 4 MiB on has a mapping of its own, which is removed when the block is freed."""
_USUAL = {_M_TRIM_THRESHOLD: 64 << 20, _M_MMAP_THRESHOLD: 32 << 20}
"""The values that glibc itself sets in a process that has freed large blocks (mallopt(3), "dynamic
mmap threshold"). `_LEAN` all the time is slower: files on `base` take 13 to 29 % more CPU time."""


class _Allocator:
    """glibc's allocator, with `_LEAN` while any caller wants that. Other C libraries return large
    blocks by themselves and have neither call."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
        self._trim = getattr(library, "malloc_trim", None)
        self._set = getattr(library, "mallopt", None) if self._trim is not None else None
        self._lock = threading.Lock()
        self._wanted = 0

    def want_lean(self, change: int) -> None:
        """Count one caller more (1) or fewer (-1) that wants `_LEAN`."""
        with self._lock:
            self._wanted += change
            if self._set is not None:
                for parameter, value in (_LEAN if self._wanted else _USUAL).items():
                    self._set(parameter, value)

    def trim(self) -> None:
        if self._trim is not None:
            self._trim(0)


_allocator = _Allocator()


def settle() -> None:
    """Exempt all present objects from garbage collection, since they live as long as the process.

    Every ten thousand or so new objects, the collector looks at all objects. Those of the libraries
    alone (97,000) block the interpreter for 60 ms, on a busy machine for 300: every stream waits.
    """
    gc.collect()
    gc.freeze()


def trim() -> None:
    """Return whole free pages to the system (malloc_trim(3))."""
    _allocator.trim()


@contextmanager
def giving_back() -> Iterator[None]:
    """Return memory to the system that is freed in the block, or unreferenced at its end.

    glibc keeps freed memory for reuse, in an arena for every few threads. `malloc_trim`
    (malloc_trim(3)) returns whole pages between used blocks, but the free end of the first arena
    only. Most of what a model leaves behind is at the ends of the other arenas: that is returned
    only when a block next to it is freed while the threshold is low.
    """
    _allocator.want_lean(1)
    try:
        yield
    finally:
        settled = gc.get_freeze_count() > 0
        gc.unfreeze()  # unreferenced objects may be among the frozen ones
        gc.collect()
        if settled:
            gc.freeze()
        _allocator.trim()
        _allocator.want_lean(-1)
