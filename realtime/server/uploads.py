"""Receives uploads into files under the data folder, never into memory. The files have no name:
each is gone with its last descriptor, whatever happens to the process."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from realtime.errors import DiskFull, MessageTooBig

KEEP_FREE_BYTES = 64 << 20
"""Disk space to leave free: databases and logs must still be written."""


class Upload:
    """A file that grows while it is received. The caller closes it."""

    def __init__(
        self, file: BinaryIO, limit_bytes: int, keep_free_bytes: int = KEEP_FREE_BYTES
    ) -> None:
        self.file = file
        self.size_bytes = 0
        self._limit_bytes = limit_bytes
        self._keep_free_bytes = keep_free_bytes

    async def write(self, data: bytes) -> None:
        """Append. Raises MessageTooBig beyond the limit, DiskFull where only the reserve is left: a
        chunked upload announces no size that could be refused earlier."""
        self.size_bytes += len(data)
        if self.size_bytes > self._limit_bytes:
            raise too_large(self._limit_bytes)
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._append, data)
        except OSError as error:
            raise _disk_problem(error) from error

    def _append(self, data: bytes) -> None:
        if _free_bytes(os.fstatvfs(self.file.fileno())) < len(data) + self._keep_free_bytes:
            raise disk_full()
        _write_all(self.file, data)

    def close(self) -> None:
        self.file.close()


class UploadFolder:
    """Where uploads are received."""

    def __init__(
        self, folder: Path, limit_bytes: int, keep_free_bytes: int = KEEP_FREE_BYTES
    ) -> None:
        """`limit_bytes`: of each upload."""
        self.limit_bytes = limit_bytes
        self._keep_free_bytes = keep_free_bytes
        self._folder = folder

    def check(self, expected_bytes: int) -> None:
        """Refuse early what will not fit. Raises MessageTooBig, DiskFull."""
        if expected_bytes > self.limit_bytes:
            raise too_large(self.limit_bytes)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            free_bytes = _free_bytes(os.statvfs(self._folder))
        except OSError as error:
            raise _disk_problem(error) from error
        if free_bytes < expected_bytes + self._keep_free_bytes:
            raise disk_full()

    def new(self) -> Upload:
        """An empty upload. Raises DiskFull."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Unbuffered: a disk error is raised where it can still be answered.
            file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise _disk_problem(error) from error
        return Upload(file, self.limit_bytes, self._keep_free_bytes)


def _free_bytes(disk: os.statvfs_result) -> int:
    return disk.f_bavail * disk.f_frsize


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Write all of `data`: an unbuffered file may take only a part of it, and raises an error when
    the rest does not fit."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def too_large(limit_bytes: int) -> MessageTooBig:
    """The error for a body or a file of more than `limit_bytes`."""
    return MessageTooBig(
        f"The upload is larger than {limit_bytes} bytes: send a smaller or compressed file, or "
        "raise STT_MAX_UPLOAD_MB.",
        limit_bytes=limit_bytes,
    )


def disk_full() -> DiskFull:
    """The error for a full disk."""
    return DiskFull(
        "The server's disk is full: try again later, or free space under STT_DATA_DIR.",
        retry_after_s=300,
    )


def _disk_problem(error: OSError) -> Exception:
    """DiskFull for a disk error that means a lack of space; any other error unchanged."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return disk_full() if full else error
