"""`realtime config`: the settings, and the origin of each."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from realtime.errors import without_passwords
from realtime.settings import Settings
from realtime.settings.sources import unknown_variables


def show(
    settings: Settings,
    origin: Annotated[
        bool, typer.Option("--origin", help="Show where each value comes from.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the settings that a command with the same flags, environment and file would get.

    Keys, and passwords in addresses, are shown as stars. Examples:

    - `realtime config show --origin`
    - `STT_PORT=9000 realtime config show --json`
    """
    values = {name: _open(value) for name, value in settings.model_dump(mode="json").items()}
    origins = settings.origins()
    mistakes = unknown_variables()
    if as_json:
        shown: dict[str, Any] = values
        if origin:
            shown = {
                name: {"value": value, "origin": origins[name]} for name, value in values.items()
            }
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
    else:
        table = Table("setting", "value", *(["from"] if origin else []), box=None)
        for name, value in values.items():
            table.add_row(name, _plain(value), *([origins[name]] if origin else []))
        Console(soft_wrap=True).print(table)
    for mistake in mistakes:
        typer.echo(f"realtime: there is no setting {mistake}", err=True)


def _open(value: Any) -> Any:
    """A value without its secrets."""
    if isinstance(value, list):
        return [_open(item) for item in value]
    return without_passwords(value) if isinstance(value, str) else value


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
