"""What the recipes have in common as commands."""

from __future__ import annotations

import logging
import sys

import typer

from realtime.errors import SetupError


def run(app: typer.Typer) -> None:
    """Run a command; one sentence and exit code 2 where the machine lacks something."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        app()
    except SetupError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
