"""Gives memory back to the system after a large thing was let go."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Of mallopt(3)."""
_LEAN = {_M_TRIM_THRESHOLD: 128 << 10, _M_MMAP_THRESHOLD: 4 << 20}
"""Free memory at an arena's end goes back from the first 128 KiB on, as in a process that has just
begun; large blocks are mapped, each by itself, and unmapped."""
_USUAL = {_M_TRIM_THRESHOLD: 64 << 20, _M_MMAP_THRESHOLD: 32 << 20}
"""Where both end up in a process that has freed large blocks (mallopt(3), "dynamic mmap
threshold"). Always lean is slower: files on a base take 13 to 29 % more of the processor."""


class _Allocator:
    """glibc's, lean while anyone wants it so. Other C libraries return large blocks by themselves
    and know neither call."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
        self._trim = getattr(library, "malloc_trim", None)
        self._set = getattr(library, "mallopt", None) if self._trim is not None else None
        self._lock = threading.Lock()
        self._wanted = 0

    def want_lean(self, change: int) -> None:
        """One more (1) or one less (-1)."""
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
    """All that is here now stays: the garbage collector need not look at it again.

    Some ten thousand new objects make it look at everything, and what the libraries alone bring
    (97,000) holds the interpreter for 60 ms, on a busy machine for 300: every stream waits.
    """
    gc.collect()
    gc.freeze()


def trim() -> None:
    """Hand back to the system what is free by now, whole pages of it (malloc_trim(3))."""
    _allocator.trim()


@contextmanager
def giving_back() -> Iterator[None]:
    """What is freed within, or not referred to at its end, goes back to the system.

    glibc keeps freed memory for later, in an arena for every few threads. `malloc_trim`
    (malloc_trim(3)) hands back whole pages between what is in use, but not the end of any arena
    but the first, which is most of what a model has left: that goes back only when a block beside
    it is freed while the threshold is low.
    """
    _allocator.want_lean(1)
    try:
        yield
    finally:
        settled = gc.get_freeze_count() > 0
        gc.unfreeze()  # what was given up may be a part of what had settled
        gc.collect()
        if settled:
            gc.freeze()
        _allocator.trim()
        _allocator.want_lean(-1)
