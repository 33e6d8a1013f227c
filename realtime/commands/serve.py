"""`realtime serve`: the server."""

from __future__ import annotations

import typer

from realtime import logs
from realtime.settings import Settings
from realtime.settings.sources import unknown_variables


def serve(settings: Settings) -> None:
    """Run the server: live speech, files and the web page, until it is stopped.

    Every flag can also be set as an environment variable or in the settings file.

    Examples:

    - `realtime serve`
    - `realtime serve --model large-v3-turbo --device cuda --language en`
    - `STT_API_KEYS=secret realtime serve --port 9000`
    """
    # Imports the models' libraries: too slow for `--help`.
    from realtime.app.app import serve as run

    logs.set_up(settings.log_level, settings.log_format, settings.log_dir)
    for mistake in unknown_variables():
        typer.echo(f"realtime: there is no setting {mistake}", err=True)
    raise typer.Exit(run(settings))
