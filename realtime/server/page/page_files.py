"""Files that the page stores besides the jobs: corrections, summaries, outlines, links.

They are small, in folders of their own, and are deleted after their job or upload.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realtime.atomic import replacing
from realtime.errors import DiskFull, NotFound

_NAME = re.compile(r"[0-9a-f-]{32,36}(\.[a-z0-9]{1,8})?")
SUFFIX = ".json"
LOCK = ".lock"


def name_of(job_id: str, view: str) -> str:
    """The name for what belongs to one view of a job."""
    return f"{job_id}.{view}"


def job_of(name: str) -> str:
    """The job to which a name belongs."""
    return name.partition(".")[0]


class PageFiles:
    """One folder of JSON files by name. All calls block for as long as the disk takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """The content; None where there is no such file. Raises NotFound for an invalid name."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, body: bytes) -> None:
        """Write a file, as a whole or not at all. Raises NotFound for an invalid name, DiskFull."""
        path = self._path(name)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(body)
        except OSError as error:
            raise _no_room(error) from error

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the folder's exclusive lock, against other processes, too. Raises DiskFull."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self._folder / LOCK).open("wb")
        except OSError as error:
            raise _no_room(error) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def names(self) -> list[str]:
        """The names of all files."""
        return [path.name.removesuffix(SUFFIX) for path in self._folder.glob(f"*{SUFFIX}")]

    def delete(self, name: str) -> None:
        """Delete a file; a missing one is no error. Raises NotFound for an invalid name."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NotFound("There is no such file: it was deleted, or the address is wrong.")
        return self._folder / (name + SUFFIX)


def _no_room(error: OSError) -> DiskFull:
    return DiskFull(f"The data cannot be stored ({error.strerror}): check STT_DATA_DIR.")
