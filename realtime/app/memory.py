"""Gives memory back to the system after a large thing was let go."""

from __future__ import annotations

import ctypes
import gc
import sys


def give_back() -> None:
    """Collect what nobody refers to, and have the allocator return its free pages.

    glibc keeps freed memory for later: `malloc_trim` (malloc_trim(3)) hands back what it can. Other
    C libraries have no such call and return large blocks by themselves.
    """
    gc.collect()
    if not sys.platform.startswith("linux"):
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
