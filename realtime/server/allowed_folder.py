"""Files that requests may name: those below one folder, opened so that nothing leads out of it.

A check of the name alone can be tricked by a link, or by one that is put in its place between check
and open. So the folder is opened once, and from there every component by descriptor, never through
a link: what is open in the end is below the folder, whatever happens to names meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from unicodedata import normalize

from realtime.errors import Forbidden, MissingFile, RealtimeError

LONGEST_PATH = 4096
"""Bytes; Linux' PATH_MAX."""
_STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LAST = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK: whoever opens a FIFO would else wait for its writer."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A regular file below the folder, open for reading. The holder closes `file`."""

    file: BinaryIO
    shown_path: str
    """As the request named it."""
    size_bytes: int


class AllowedFolder:
    """Opens files by the names that requests give. Blocking: call it off the event loop."""

    def __init__(self, root: Path) -> None:
        """`root`: may be missing yet; looked up for every file."""
        self.root = Path(os.path.abspath(root))

    def open(self, path: str) -> OpenedFile:
        """Open a file by its path: relative to the folder, relative to the working directory, or
        absolute; the last two only where they name something inside the folder.

        Raises Forbidden (`allowed_directory`) for whatever is or leads elsewhere, or is no regular
        file; MissingFile (`file_path`) for what is not there.
        """
        tries = self._inside(path)
        for number, parts in enumerate(tries, start=1):
            try:
                return self._open(path, parts)
            except MissingFile:
                if number == len(tries):
                    raise
        raise self._missing(path)

    def _inside(self, path: str) -> Sequence[Sequence[str]]:
        """Components from the folder down, most likely first. Looks at no disk."""
        if "\0" in path or ".." in path.split("/"):
            raise self._forbidden()
        try:
            length = len(os.fsencode(path))
        except UnicodeEncodeError:  # a half of a surrogate pair: no file has such a name
            raise self._missing(path) from None
        if not path or length > LONGEST_PATH:
            raise self._missing(path)
        if path.startswith("/"):
            roots = {self.root, Path(os.path.realpath(self.root))}
            found = [inside for root in roots if (inside := _below(path, root))]
            if not found:
                raise self._forbidden()
            return found
        as_working = _below(os.path.join(os.getcwd(), path), self.root)
        return [_parts(path), *([as_working] if as_working else [])]

    def _open(self, path: str, parts: Sequence[str]) -> OpenedFile:
        if not parts:
            raise self._forbidden()
        try:
            with contextlib.ExitStack() as opened:
                place = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                opened.callback(os.close, place)
                for part in parts[:-1]:
                    place = os.open(_spelled(part, place), _STEP, dir_fd=place)
                    opened.callback(os.close, place)
                # Opening a device may already do something: look first.
                last = _spelled(parts[-1], place)
                if not stat.S_ISREG(os.lstat(last, dir_fd=place).st_mode):
                    raise self._forbidden()
                descriptor = os.open(last, _LAST, dir_fd=place)
        except OSError as error:
            raise self._refusal(path, error) from error
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):  # it was replaced meanwhile
            os.close(descriptor)
            raise self._forbidden()
        return OpenedFile(os.fdopen(descriptor, "rb"), path, found.st_size)

    def _refusal(self, path: str, error: OSError) -> RealtimeError:
        # ENOTDIR: a component is a file, or, with O_DIRECTORY, a link. Both are no way to a file.
        if error.errno in (errno.ENOENT, errno.ENAMETOOLONG, errno.ENOTDIR):
            return self._missing(path)
        return self._forbidden()

    def _forbidden(self) -> Forbidden:
        return Forbidden(
            f"Only regular files inside {self.root} can be used, not links: copy the file there, "
            "or upload it.",
            allowed_directory=str(self.root),
        )

    def _missing(self, path: str) -> MissingFile:
        shown = path.encode(errors="replace").decode()
        return MissingFile(
            f"There is no file {shown[:200]} below {self.root}: check the path.",
            file_path=shown[:LONGEST_PATH],
        )


def _spelled(name: str, place: int) -> str:
    """The name as it stands in the open folder `place`, or itself where it does not.

    Macs take letters apart (NFD), and a Korean name from there is another one, byte by byte, than
    the same typed elsewhere (NFC).
    """
    if name.isascii():
        return name
    for spelling in (name, normalize("NFC", name), normalize("NFD", name)):
        with contextlib.suppress(OSError):
            os.lstat(spelling, dir_fd=place)
            return spelling
    return name


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _below(path: str, root: Path) -> list[str]:
    """Components of an absolute path from `root` down; none where it is not below it."""
    parts, above = _parts(path), _parts(str(root))
    return parts[len(above) :] if parts[: len(above)] == above else []
