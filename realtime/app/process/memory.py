"""Keeps large blocks between calls of the model, and returns memory that is not needed any more."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""
_MOST = (1 << 31) - 1
"""Largest value that mallopt takes."""
_LEAN = {_M_TRIM_THRESHOLD: 128 << 10, _M_MMAP_THRESHOLD: 4 << 20}
"""Free memory at an arena's end is returned from 128 KiB on, as in a process that has just started;
each block from 4 MiB on has a mapping of its own, which is removed when the block is freed."""
_USUAL = {_M_TRIM_THRESHOLD: 64 << 20, _M_MMAP_THRESHOLD: 32 << 20}
"""The values that glibc itself sets in a process that has freed large blocks (mallopt(3), "dynamic
mmap threshold"). `_LEAN` all the time is slower: files on `base` take 13 to 29 % more CPU time."""

KEPT_BLOCK = 256 << 20
"""Largest block that is kept. The attention scores of one layer over 30 s are 4 bytes times 1500 x
1500 for each head: 54 MB in tiny, 72 in base, 144 in medium, 180 in the large ones. Several windows
of a large model in one call need more and have mappings of their own, as without any of this: the
larger the model, the smaller their share of its time."""
KEPT_SHARE = 0.25
"""Most of the memory that is available after loading that blocks may be kept in."""
MOST_WORKERS = 32
"""With more workers each keeps its own arena. A worker of base takes an arena's lock 50,000 times a
second while it writes; with 32 on one arena the lock is held for a sixth of the time."""
_CHOICES = ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
"""Variables in the manual of mallopt(3). Where one is set, the user's choice stays."""


class _Allocator:
    """glibc's allocator, with `_LEAN` while any caller wants that. Other C libraries return large
    blocks by themselves and have neither call."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        library = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
        self._trim = getattr(library, "malloc_trim", None)
        self._set = getattr(library, "mallopt", None) if self._trim is not None else None
        self._lock = threading.Lock()
        self._wanted = 0
        self._usual = _USUAL
        tunables = environment.get("GLIBC_TUNABLES", "")
        self._chosen = "glibc.malloc" in tunables or any(name in environment for name in _CHOICES)

    def share_arena(self) -> None:
        """Let threads that start from now on share the first arena."""
        if self._set is not None and not self._chosen:
            self._set(_M_ARENA_MAX, 1)

    def keep(self, block: int, total: int) -> None:
        """Use other thresholds instead of `_USUAL`, unless the user chose some."""
        if self._chosen:
            return
        with self._lock:
            self._usual = {_M_MMAP_THRESHOLD: block, _M_TRIM_THRESHOLD: total}
            self._apply()

    def want_lean(self, change: int) -> None:
        """Count one caller more (1) or fewer (-1) that wants `_LEAN`."""
        with self._lock:
            self._wanted += change
            self._apply()

    def _apply(self) -> None:
        if self._set is not None:
            for parameter, value in (_LEAN if self._wanted else self._usual).items():
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


def share_arena(workers: int) -> None:
    """Prepare `keep_blocks`: call it before the model's threads start, with their number.

    glibc keeps large blocks in its first arena only; each other one is a heap of 64 MB.
    """
    if workers <= MOST_WORKERS:
        _allocator.share_arena()


def keep_blocks(workers: int, available: int) -> None:
    """Keep large freed blocks for the next call of one of `workers` threads, until `trim`.

    By itself glibc maps each block from 32 MiB on anew: in each pass of base over 30 s, 105,000
    pages are zeroed and mapped, which is a fourth of its time. `available`: bytes that are free
    now; with little memory, and on glibc before 2.35, which refuses such blocks, nothing changes.
    """
    block = min(KEPT_BLOCK, int(KEPT_SHARE * available) // workers)
    if workers <= MOST_WORKERS and block > _USUAL[_M_MMAP_THRESHOLD]:
        _allocator.keep(block, min(block * workers, _MOST))
    else:
        _allocator.keep(_USUAL[_M_MMAP_THRESHOLD], _USUAL[_M_TRIM_THRESHOLD])


def trim() -> None:
    """Return whole free pages to the system (malloc_trim(3))."""
    _allocator.trim()


@contextmanager
def giving_back() -> Iterator[None]:
    """Return memory to the system that is freed in the block.

    glibc keeps freed memory for reuse, in an arena for every few threads. `malloc_trim`
    (malloc_trim(3)) returns whole pages between used blocks, but the free end of the first arena
    only. Most of what a model leaves behind is at the ends of the other arenas: that is returned
    only when a block next to it is freed while the threshold is low.
    """
    _allocator.want_lean(1)
    try:
        yield
    finally:
        _allocator.trim()
        _allocator.want_lean(-1)


@contextmanager
def giving_all_back() -> Iterator[None]:
    """`giving_back`, also of what is unreferenced at the block's end. Examines all objects."""
    with giving_back():
        try:
            yield
        finally:
            settled = gc.get_freeze_count() > 0
            gc.unfreeze()  # unreferenced objects may be among the frozen ones
            gc.collect()
            if settled:
                gc.freeze()
