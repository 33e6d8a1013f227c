"""The data directory: only its owner may access recordings, transcripts and the job database."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from realtime.errors import SetupError

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_data_dir(folder: Path, *, shared: bool) -> None:
    """Create the directory for this user alone, or check that an existing one is private.

    Raises SetupError where it cannot be created, where this user may not write there, and where
    others may enter it although `shared` is false. The mode of an existing directory is not
    changed, since it may have other purposes too.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        mode = stat.S_IMODE(folder.stat().st_mode)
    except (FileExistsError, NotADirectoryError) as error:
        raise SetupError(
            f"The data directory {folder} is a file, or below one: choose another (--data-dir)."
        ) from error
    except OSError as error:
        raise SetupError(
            f"The data directory {folder} cannot be made ({error.strerror}): correct its "
            "permissions, or choose another (--data-dir)."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        raise SetupError(
            f"The data directory {folder} cannot be written by this user ({os.geteuid()}): give it "
            f"the folder (chown {os.geteuid()} FOLDER; for a container, the one that is mounted "
            "there), start as its owner (docker run --user UID:GID), or choose another "
            "(--data-dir)."
        )
    if mode & OTHERS and not shared:
        raise SetupError(wide(folder, mode))


def wide(folder: Path, mode: int) -> str:
    """The error message for a folder that others may enter."""
    return (
        f"The data directory {folder} holds recordings and transcripts, and other users of this "
        f"machine may enter it (mode {mode:o}): run chmod 700 {folder}, or say data_dir_shared "
        "(--data-dir-shared) if they are meant to."
    )
