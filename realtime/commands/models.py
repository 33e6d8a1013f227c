"""`realtime models`: names, what is on this disk, and bigger shapes of the bundled model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from realtime.models import cache
from realtime.models.bundled import bundled_dir
from realtime.models.catalogue import AUTO, BUNDLED, BUNDLED_SHOWN_NAME, CATALOGUE
from realtime.settings import Settings


def list_models(settings: Settings) -> None:
    """List the names that --model takes, and which of the models are on this disk already."""
    from realtime.models.hub import Hub  # the hub's client takes a moment to import

    hub = Hub.from_environment(settings.models_dir, settings.hub_timeout_s)
    on_disk = {model.repository: model for model in cache.installed(hub.cache_dir)}
    table = Table("name", "languages", "download", "on this disk", box=None)
    table.add_row(AUTO, "", "", "a model from the disk, else a download, else bundled")
    size_mb = sum(file.stat().st_size for file in bundled_dir().iterdir()) >> 20
    table.add_row(
        BUNDLED, "en, ko (a few hundred words)", "", f"{BUNDLED_SHOWN_NAME}, {size_mb} MB"
    )
    for known in CATALOGUE.values():
        here = on_disk.get(known.repository)
        languages = "many" if known.multilingual else "en"
        table.add_row(
            known.name, languages, f"{known.download_mb} MB", str(here.path) if here else ""
        )
    named = {known.repository for known in CATALOGUE.values()}
    for repository, model in on_disk.items():
        if repository not in named:
            table.add_row(repository, "", f"{model.size_bytes >> 20} MB", str(model.path))
    Console(soft_wrap=True).print(table)


def inflate(
    source: Annotated[str, typer.Argument(help="The bundled model (`micro`) or a model folder.")],
    shape: Annotated[str, typer.Argument(help="tiny, base, small, medium or large-v2.")],
    out: Annotated[Path, typer.Argument(help="Folder to make; it must not exist or be empty.")],
) -> None:
    """Make a model of a stock shape that says the same words as SOURCE, at the stock shape's cost.

    For measuring speed without a download. Example:

    - `realtime models inflate micro base /tmp/base && realtime serve --model /tmp/base`
    """
    from realtime.models.inflate import inflate as make  # numpy, and seconds of work

    made = make(bundled_dir() if source in ("micro", BUNDLED) else Path(source), shape, out)
    typer.echo(f"Made {made}. Use it with: realtime serve --model {made}")
