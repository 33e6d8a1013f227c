"""Settings → the usage of each key, and whether it is stored on the disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from realtime.app.options import admission_options
from realtime.errors import SetupError
from realtime.keys.quotas import Quotas
from realtime.keys.usage import Usage
from realtime.metrics import Metrics
from realtime.server.keys import Keyring
from realtime.settings import Settings


def keeps_usage(settings: Settings) -> bool:
    """Whether hours count beyond this process, because some key may have a quota of them."""
    return settings.keys_file is not None or (
        settings.needs_key and settings.audio_hours_per_key > 0
    )


def usage_path(settings: Settings) -> Path:
    """Path of the counts of all processes that share this data directory."""
    return settings.data_dir / "usage.sqlite3"


def key_names(settings: Settings) -> Quotas:
    """The holders of keys for a process that serves no clients: nothing is counted. Raises
    SetupError where the file of keys cannot be read."""
    options = admission_options(settings)
    keys = Keyring(options.api_keys, quota=options.quota, file=options.key_file)
    return Quotas(keys.holders, Usage(None), Metrics())


def make_usage(settings: Settings) -> Usage:
    """Raises SetupError where the counts cannot be read."""
    path = usage_path(settings) if keeps_usage(settings) else None
    try:
        return Usage(path)
    except sqlite3.Error as error:
        raise SetupError(
            f"The hours used by each key cannot be read from {path} ({error}): correct its "
            "permissions, or move the file away to start over."
        ) from error
