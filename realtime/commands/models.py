"""`realtime models`: names, what is on this disk, fetching and deleting, bigger shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from realtime.models import cache, shelf
from realtime.models.bundled import bundled_dir
from realtime.models.catalogue import AUTO, BUNDLED, BUNDLED_SHOWN_NAME, CATALOGUE
from realtime.models.native import whisper_dir
from realtime.models.resolve import hub_id
from realtime.settings import Settings


def list_models(settings: Settings) -> None:
    """List the names that --model takes, and which of the models are on this disk already."""
    from realtime.models.hub import Hub  # the hub's client takes a moment to import

    hub = Hub.from_environment(settings.models_dir, settings.hub_timeout_s)
    items = shelf.shelved(hub.cache_dir, whisper_dir(settings.models_dir))
    on_disk = {item.name: item for item in items}
    table = Table("name", "languages", "download", "on this disk", box=None)
    table.add_row(AUTO, "", "", "a model from the disk, else a download, else bundled")
    size_mb = sum(file.stat().st_size for file in bundled_dir().iterdir()) >> 20
    table.add_row(
        BUNDLED, "en, ko (a few hundred words)", "", f"{BUNDLED_SHOWN_NAME}, {size_mb} MB"
    )
    for known in CATALOGUE.values():
        here = on_disk.pop(known.repository, None)
        languages = "many" if known.multilingual else "en"
        table.add_row(
            known.name, languages, f"{known.download_mb} MB", _described(here) if here else ""
        )
    for item in on_disk.values():
        table.add_row(item.name, "", "", _described(item))
    Console(soft_wrap=True).print(table)


def download(
    settings: Settings,
    name: Annotated[str, typer.Argument(help="A name of `realtime models list`, or a hub id.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Fetch a model, so that starting needs no network. Says how large it is and asks first.

    All local backends can use it.
    """
    from realtime.models.hub import Hub

    hub = Hub.from_environment(settings.models_dir, settings.hub_timeout_s)
    repository = hub_id(name)
    path = cache.find(repository, hub.cache_dir)
    if path is not None:
        typer.echo(f"{repository} is here already: {path}")
        return
    size = sum(hub.sizes(repository).values())
    question = f"Download {repository} ({_mb(size)}) to {hub.cache_dir}?"
    if not yes:
        typer.confirm(question, abort=True)
    typer.echo(f"{repository} is here: {hub.fetch(repository)}")


def remove(
    settings: Settings,
    name: Annotated[str, typer.Argument(help="A name of `realtime models list`.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a downloaded model from the caches. Says what and how large, and asks first.

    A model folder of your own is never touched.
    """
    from realtime.models.hub import Hub

    hub_cache = Hub.from_environment(settings.models_dir, settings.hub_timeout_s).cache_dir
    whisper_cache = whisper_dir(settings.models_dir)
    for item in shelf.named(name, hub_cache, whisper_cache):
        question = f"Delete {item.name} ({item.kind}, {_mb(item.size_bytes)}) from {item.path}?"
        if not yes:
            typer.confirm(question, abort=True)
        shelf.remove(item, hub_cache, whisper_cache)
        typer.echo(f"Deleted {item.path}, {_mb(item.size_bytes)}")


def _described(item: shelf.Shelved) -> str:
    return f"{item.path} ({item.kind}, {_mb(item.size_bytes)})"


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.0f} MB"


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
