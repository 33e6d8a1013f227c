"""Opens files that requests name: only those below one folder, without following links.

A check of the path alone can be bypassed with a symbolic link, also with one that is created
between the check and the open. So the folder is opened first, and every further component relative
to the descriptor of its parent, never through a link: the opened file is below the folder, whatever
happens to the paths meanwhile.
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
"""Bytes: PATH_MAX of Linux."""
_STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LAST = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK: otherwise opening a FIFO would wait for a writer."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A regular file below the folder, open for reading. The caller closes `file`."""

    file: BinaryIO
    shown_path: str
    """The path as the request named it."""
    size_bytes: int


class AllowedFolder:
    """Opens files by the paths in requests. Blocking: call it off the event loop."""

    def __init__(self, root: Path) -> None:
        """`root` need not exist yet: it is opened again for every file."""
        self.root = Path(os.path.abspath(root))

    def open(self, path: str) -> OpenedFile:
        """Open a file by its path: relative to the folder, relative to the working directory, or
        absolute; the last two only where they name something inside the folder.

        Raises Forbidden (`allowed_directory`) for a path that leads out of the folder or to
        something other than a regular file; MissingFile (`file_path`) where there is no such file.
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
        """The paths to try, as components below the folder, most likely first. Does not look for
        the file. Raises Forbidden, MissingFile."""
        if "\0" in path or ".." in path.split("/"):
            raise self._forbidden()
        try:
            length = len(os.fsencode(path))
        except UnicodeEncodeError:  # a lone surrogate: no file has such a name
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
                # Opening a device can have side effects: check the type first.
                last = _spelled(parts[-1], place)
                if not stat.S_ISREG(os.lstat(last, dir_fd=place).st_mode):
                    raise self._forbidden()
                descriptor = os.open(last, _LAST, dir_fd=place)
        except OSError as error:
            raise self._refusal(path, error) from error
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):  # it was replaced after the check
            os.close(descriptor)
            raise self._forbidden()
        return OpenedFile(os.fdopen(descriptor, "rb"), path, found.st_size)

    def _refusal(self, path: str, error: OSError) -> RealtimeError:
        # ENOTDIR: a component is a file, or, with O_DIRECTORY, a link. No file is below either.
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
        printable = path.encode(errors="replace").decode()
        return MissingFile(
            f"There is no file {printable[:200]} below {self.root}: check the path.",
            file_path=printable[:LONGEST_PATH],
        )


def _spelled(name: str, place: int) -> str:
    """The spelling of `name` that exists in the open folder `place`; `name` itself where none does.

    macOS decomposes letters (NFD), so the bytes of a Korean name from there differ from those of
    the same name typed elsewhere (NFC).
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
    """Components of an absolute path below `root`; empty where it is not below `root`."""
    parts, above = _parts(path), _parts(str(root))
    return parts[len(above) :] if parts[: len(above)] == above else []
