"""How many files and sockets this process may have open."""

from __future__ import annotations

import sys

import structlog

log = structlog.get_logger(__name__)

WANTED = 65_536
"""Every connection and every file needs one descriptor; no machine serves more than this many."""
FEW = 1_024
"""A shell's default on old systems; macOS has 256."""


def available() -> int | None:
    """The current limit of descriptors; None where there is none, or it is unknown."""
    if sys.platform == "win32":
        return None
    import resource  # not on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> None:
    """Raise the limit to `WANTED`, or as far as the system allows; log a warning if that is few."""
    if sys.platform == "win32":
        return
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if (left := available()) is not None and left < FEW:
        log.warning(
            "few_descriptors",
            descriptors=left,
            hint="raise the limit of open files: ulimit -n, LimitNOFILE= (systemd)",
        )
