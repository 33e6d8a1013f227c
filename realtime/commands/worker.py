"""`realtime worker`: does jobs of the web page, on this machine or for servers elsewhere."""

from __future__ import annotations

import typer

from realtime import logs
from realtime.settings import Settings
from realtime.settings.sources import unknown_variables


def worker(settings: Settings) -> None:
    """Run jobs of the web page until stopped: from Redis (--queue-url), else from the job store.

    Servers and workers need the same --job-store (PostgreSQL, or SQLite on one machine) and the
    same --data-dir, for instance on a shared disk.

    Examples:

    - `realtime worker --queue-url redis://redis:6379/0 --job-store postgresql://jobs@db/jobs`
    - `realtime worker --url http://gpu:8003`
    """
    from realtime.app.worker import work  # imports the models' libraries: too slow for `--help`

    logs.set_up(settings.log_level, settings.log_format, settings.log_dir)
    for mistake in unknown_variables():
        typer.echo(f"realtime: there is no setting {mistake}", err=True)
    raise typer.Exit(work(settings))
