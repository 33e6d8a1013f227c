"""Turns the different out-of-memory errors of the libraries into one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from realtime.errors import OutOfMemory

log = structlog.get_logger(__name__)

RETRY_AFTER_S = 60.0
"""The calls that use the memory now have ended by then; rejected files get the same value."""
_SIGNS = ("out of memory", "allocate memory", "alloc_failed", "bad_alloc")
"""CTranslate2: `CUDA failed with error out of memory`, `CUBLAS_STATUS_ALLOC_FAILED`, `mkl_malloc:
failed to allocate memory`; PyTorch: `CUDA out of memory`, `can't allocate memory`; C++ itself."""


def is_short_memory(raised: Exception) -> bool:
    """Whether a library's error means that there was no memory, of the machine or of the GPU."""
    if isinstance(raised, MemoryError):
        return True
    said = str(raised).lower()
    return isinstance(raised, RuntimeError) and any(sign in said for sign in _SIGNS)


@contextmanager
def short_memory_named() -> Iterator[None]:
    """Turn out-of-memory errors of the libraries into OutOfMemory; other errors pass unchanged."""
    try:
        yield
    except (MemoryError, RuntimeError) as raised:
        if not is_short_memory(raised):
            raise
        log.warning("model.out_of_memory", error=str(raised))
        raise OutOfMemory(
            "The model ran out of memory on this audio; other requests go on: try again later, "
            "or start the server with a smaller model, --compute-type int8 or fewer --cpu-workers.",
            retry_after_s=RETRY_AFTER_S,
        ) from raised
