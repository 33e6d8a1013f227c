"""`realtime keys`: who may use the server, and how much."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from realtime.errors import SetupError
from realtime.keys.holder import Holder, Quota
from realtime.keys.key_file import add_key, read_keys, revoke_key
from realtime.keys.usage import used_today
from realtime.settings import Settings


def add(
    settings: Settings,
    name: Annotated[
        str, typer.Argument(help="Name of the holder: letters, digits, - and _.", metavar="NAME")
    ],
    max_streams: Annotated[
        int | None,
        typer.Option(min=0, help="Live streams at once (default: max_per_key; 0: no limit)."),
    ] = None,
    audio_hours: Annotated[
        float | None,
        typer.Option(
            min=0, help="Hours of audio a day (default: audio_hours_per_key; 0: no limit)."
        ),
    ] = None,
) -> None:
    """Create a key for somebody and print it. It is shown only once; only its hash is stored.

    A running server accepts the key within a second. Examples:

    - `realtime keys add alice --keys-file keys.toml`
    - `realtime keys add lobby --max-streams 2 --audio-hours 8`
    """
    quota = {"max_streams": max_streams, "audio_hours_per_day": audio_hours}
    limits = {option: value for option, value in quota.items() if value is not None}
    typer.echo(add_key(_file(settings), name, limits))


def list_keys(
    settings: Settings,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """List who has a key, with quotas and the hours used today.

    The keys themselves are not stored. Example:

    - `realtime keys list --json`
    """
    quota = Quota(settings.max_per_key, settings.audio_hours_per_key)
    holders = read_keys(_file(settings), quota).values()
    rows = [_row(holder, _used_s(settings)) for holder in holders]
    if as_json:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("name", "streams at once", "hours a day", "used today", box=None)
    for row in rows:
        most = row["max_streams"] or "no limit"
        hours = f"{row['audio_hours_per_day']:g}" if row["audio_hours_per_day"] else "no limit"
        table.add_row(row["name"], str(most), hours, f"{row['hours_used_today']:.2f}")
    Console(soft_wrap=True).print(table)


def revoke(
    settings: Settings,
    name: Annotated[str, typer.Argument(help="Name of the holder.", metavar="NAME")],
) -> None:
    """Revoke somebody's key.

    A running server refuses the key within a second; open streams continue. Jobs and voices of this
    name are kept, in case it gets another key. Example:

    - `realtime keys revoke alice`
    """
    revoke_key(_file(settings), name)
    typer.echo(f"The key of {name} is no longer accepted.")


def _file(settings: Settings) -> Path:
    if settings.keys_file is None:
        raise SetupError("Name the file of keys: --keys-file FILE, or STT_KEYS_FILE.")
    return settings.keys_file


def _used_s(settings: Settings) -> dict[str, float]:
    from realtime.app.usage import usage_path  # the models' libraries: too slow for `--help`

    path = usage_path(settings)
    try:
        return used_today(path)
    except sqlite3.Error as error:
        raise SetupError(f"The hours used cannot be read from {path} ({error}).") from error


def _row(holder: Holder, used_s: dict[str, float]) -> dict[str, Any]:
    return {
        "name": holder.name,
        "max_streams": holder.quota.max_streams,
        "audio_hours_per_day": holder.quota.audio_hours,
        "hours_used_today": round(used_s.get(holder.owner, 0.0) / 3600, 4),
    }
