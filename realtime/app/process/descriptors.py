"""How many files and sockets this process may have open."""

from __future__ import annotations

import sys

import structlog

log = structlog.get_logger(__name__)

WANTED = 65_536
"""Every connection is one, and so is every file; more than that no machine serves."""
FEW = 1_024
"""A shell's default on old systems; macOS has 256."""


def available() -> int | None:
    """How many; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource  # not on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> None:
    """As far as is allowed."""
    if sys.platform == "win32":
        return
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if (left := available()) is not None and left < FEW:
        log.warning(
            "few_descriptors", descriptors=left, hint="raise it: ulimit -n, LimitNOFILE= (systemd)"
        )
