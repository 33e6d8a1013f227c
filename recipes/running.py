"""Code that the recipes' commands share."""

from __future__ import annotations

import logging
import sys

import typer

from realtime.errors import SetupError


def run(app: typer.Typer) -> None:
    """Run a command; if the machine lacks something, print one sentence and exit with code 2."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        app()
    except SetupError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
