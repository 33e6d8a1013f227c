"""Settings → the usage of each key, and whether it is stored on the disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from realtime.errors import SetupError
from realtime.keys.usage import Usage
from realtime.settings import Settings


def keeps_usage(settings: Settings) -> bool:
    """Whether hours count beyond this process, because some key may have a quota of them."""
    return settings.keys_file is not None or (
        settings.needs_key and settings.audio_hours_per_key > 0
    )


def usage_path(settings: Settings) -> Path:
    """Path of the counts of all processes that share this data directory."""
    return settings.data_dir / "usage.sqlite3"


def make_usage(settings: Settings) -> Usage:
    """Raises SetupError where the counts cannot be read."""
    path = usage_path(settings) if keeps_usage(settings) else None
    try:
        return Usage(path)
    except sqlite3.Error as error:
        raise SetupError(
            f"The hours used by each key cannot be read from {path} ({error}): correct its "
            "permissions, or move the file away to begin anew."
        ) from error
