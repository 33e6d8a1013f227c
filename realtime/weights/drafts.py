"""Folders and files that appear complete or not at all, and checks for free disk space."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from realtime.errors import SetupError

SPARE_BYTES = 64 << 20  # what a download must leave free on the disk
PIECE_BYTES = 1 << 20
_PREFIX = ".draft-"
_STALE_S = 24 * 3600.0
"""A draft older than this belongs to a killed process: no download takes a day."""


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """A new folder inside `folder`, which is created if needed. Move finished parts to their place
    in `folder`; the rest is deleted at the end of the block. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder.absolute()))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Delete drafts of killed processes."""
    for left in folder.glob(_PREFIX + "*"):
        try:
            age_s = time.time() - left.stat().st_mtime
        except FileNotFoundError:  # its process has just finished
            continue
        if age_s > _STALE_S:
            shutil.rmtree(left, ignore_errors=True)


def check_space(what: str, needed: int, folder: Path) -> None:
    """Raises SetupError where the disk has too little room.

    `what`: the subject of the error's sentence; `needed`: bytes; `folder` need not exist yet.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if needed + SPARE_BYTES > free:
        raise SetupError(
            f"{what} needs {size_text(needed)} but {folder} has {size_text(free)} free: make "
            "room, or name another folder with --models-dir."
        )


def unusable(folder: Path, error: OSError) -> str:
    """A disk error in a folder for models, as a sentence that says what to do."""
    if error.errno == errno.ENOSPC:
        return f"The disk of {folder} is full: make room, or name another folder with --models-dir."
    place = f": {error.filename}" if error.filename is not None else ""
    return (
        f"The folder {folder} cannot be used ({error.strerror or error}{place}): correct that, or "
        "name another folder with --models-dir."
    )


def size_text(count: int) -> str:
    """A number of bytes in MB or GB, for people."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


class KnownFile:
    """A new file of known size and SHA-256. It never grows beyond the size, and `finish` verifies
    it."""

    def __init__(self, path: Path, size_bytes: int, sha256: str) -> None:
        """Raises OSError."""
        self._file = path.open("xb")
        self._expected = (size_bytes, sha256)
        self._hash = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> KnownFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self, read: Callable[[int], bytes]) -> None:
        """Copy from a file by its method `read`, at most one piece too many. Raises OSError."""
        limit, _ = self._expected
        while self._size <= limit and (piece := read(PIECE_BYTES)):
            self._size += len(piece)
            self._hash.update(piece)
            if self._size <= limit:
                self._file.write(piece)

    def finish(self) -> bool:
        """Flush the file, so that it survives a crash of the machine; → whether size and SHA-256
        are right. Raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return (self._size, self._hash.hexdigest()) == self._expected


def digest(file: BufferedReader) -> str:
    """SHA-256 of the rest of a file."""
    return hashlib.file_digest(file, "sha256").hexdigest()
