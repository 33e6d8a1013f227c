"""The uploads of jobs. A confirmed upload is on disk, with its name and size.

A file is received under a hidden name and renamed when it is complete and flushed: after any crash
there is either the whole file or none.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
import unicodedata
import uuid
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

import orjson

from realtime.errors import MissingFile
from realtime.jobs.job import is_shown

PART = ".part-"
"""Prefix of files that are still being received."""
DESCRIPTION = ".json"
"""Suffix of the small file beside an upload that describes it."""
ABANDONED_S = 24 * 3600.0
"""Uploads without a job and incomplete ones are deleted after a day."""
MAX_NAME_CHARS = 200

_ID = re.compile(r"[0-9a-f]{32}(\.[a-z0-9]{1,8})?")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An upload on disk."""

    file_id: str
    name: str
    """The file's name on the user's side, without folders; only for display."""
    size_bytes: int
    duration_s: float | None
    """None where the file's header states no length."""
    submitter: str = ""
    """Its owner; empty: everyone's."""


class JobFiles:
    """The folder of uploads. All calls block for as long as the disk takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> BinaryIO:
        """A new file for an upload. Close it; then `keep` or `discard` it. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Unbuffered, so that a disk error is raised while the client can still be answered.
        return tempfile.NamedTemporaryFile(  # type: ignore[return-value]
            dir=self.folder, prefix=PART, buffering=0, delete=False
        )

    def keep(
        self, file: BinaryIO, name: str, duration_s: float | None, submitter: str = ""
    ) -> StoredFile:
        """Flush the received file to disk under a new id. Raises OSError."""
        shown = shown_name(name)
        stored = StoredFile(
            uuid.uuid4().hex + _suffix(shown),
            shown,
            os.fstat(file.fileno()).st_size,
            duration_s,
            submitter,
        )
        os.fsync(file.fileno())
        description = self.folder / (stored.file_id + DESCRIPTION)
        with description.open("xb") as out:
            out.write(orjson.dumps(asdict(stored)))
            out.flush()
            os.fsync(out.fileno())
        os.rename(file.name, self.folder / stored.file_id)
        _flush_folder(self.folder)
        return stored

    def discard(self, file: BinaryIO) -> None:
        """Delete the received file, unless it was kept."""
        file.close()
        Path(file.name).unlink(missing_ok=True)

    def replace(self, file_id: str, path: Path) -> StoredFile:
        """Replace an upload by a copy of `path`. Raises MissingFile, OSError."""
        stored = self.describe(file_id)
        with path.open("rb") as source, self.begin() as out:
            shutil.copyfileobj(source, out)
            os.fsync(out.fileno())
        name = str(PurePosixPath(stored.name).with_suffix(path.suffix))
        changed = replace(stored, name=name, size_bytes=path.stat().st_size)
        os.rename(out.name, self.path(file_id))
        description = Path(f"{self.path(file_id)}{DESCRIPTION}")
        description.write_bytes(orjson.dumps(asdict(changed)))
        _flush_folder(self.folder)
        return changed

    def describe(self, file_id: str, asker: str = "") -> StoredFile:
        """The upload. Raises MissingFile, also for a malformed id, or if `asker` may not see it."""
        try:
            stored = StoredFile(
                **orjson.loads(Path(f"{self.path(file_id)}{DESCRIPTION}").read_bytes())
            )
        except FileNotFoundError:
            raise _missing(file_id) from None
        if not is_shown(stored.submitter, asker):
            raise _missing(file_id)
        return stored

    def path(self, file_id: str) -> Path:
        """The path of an upload. Raises MissingFile for a malformed id."""
        if not _ID.fullmatch(file_id):
            raise _missing(file_id)
        return self.folder / file_id

    def open(self, file_id: str) -> BinaryIO:
        """Open an upload for reading. Raises MissingFile."""
        try:
            return self.path(file_id).open("rb")
        except FileNotFoundError:
            raise _missing(file_id) from None

    def delete(self, file_id: str) -> None:
        """Delete an upload; a missing one is no error. Raises MissingFile for a malformed id."""
        path = self.path(file_id)
        path.unlink(missing_ok=True)
        Path(f"{path}{DESCRIPTION}").unlink(missing_ok=True)

    def delete_abandoned(self, used: Collection[str], older_s: float = ABANDONED_S) -> int:
        """Delete uploads older than `older_s` that no job uses; → their number."""
        deleted, limit = 0, time.time() - older_s
        for path in self.folder.glob("*") if self.folder.is_dir() else ():
            file_id = path.name.removesuffix(DESCRIPTION)
            ours = path.name.startswith(PART) or _ID.fullmatch(file_id) is not None
            if not ours or file_id in used or not is_older_than(path, limit):
                continue
            path.unlink(missing_ok=True)
            deleted += _ID.fullmatch(path.name) is not None
        return deleted


def is_older_than(path: Path, moment: float) -> bool:
    """Whether a file was last written before `moment`, in seconds since 1970. False where another
    request has deleted or renamed it since its folder was listed."""
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def shown_name(name: str) -> str:
    """The last part of a POSIX or Windows path, without control characters; a very long name is
    cut before its suffix. Unicode is composed (NFC), since macOS decomposes it."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    whole = unicodedata.normalize("NFC", last)
    shown = "".join(sign for sign in whole if sign.isprintable())
    if len(shown) <= MAX_NAME_CHARS:
        return shown
    suffix_chars = len(_suffix(shown))
    return shown[: MAX_NAME_CHARS - suffix_chars] + shown[len(shown) - suffix_chars :]


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""


def _missing(file_id: str) -> MissingFile:
    return MissingFile(
        "There is no such upload: it was deleted, or the file_id is mistyped. Upload it again.",
        file_path=shown_name(file_id),
    )


def _flush_folder(folder: Path) -> None:
    """Flush a folder: a new name is on disk only after that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
