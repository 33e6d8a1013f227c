"""`realtime models`: names, what is on this disk, fetching, deleting, carrying, bigger shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from realtime.settings import Settings
from realtime.weights import packed, stored_models
from realtime.weights.bundled import bundled_dir
from realtime.weights.catalogue import AUTO, BUNDLED, BUNDLED_SHOWN_NAME, CATALOGUE
from realtime.weights.drafts import size_text
from realtime.weights.index.packages import SPEAKER_NETWORKS, SPEAKERS_NAME, repositories
from realtime.weights.native import whisper_dir
from realtime.weights.resolve import hub_id
from realtime.weights.sources import INDEX, Sources


def list_models(settings: Settings) -> None:
    """List the names that --model takes, where each may come from, and which are on this disk."""
    sources = _sources(settings)
    items = stored_models.list_stored(sources.cache_dir, whisper_dir(settings.models_dir))
    on_disk = {item.name: item for item in items}
    table = Table("name", "languages", "download", "from", "on this disk", box=None)
    table.add_row(AUTO, "", "", "", "a model from the disk, else a download, else bundled")
    size = sum(file.stat().st_size for file in bundled_dir().iterdir())
    table.add_row(
        *(BUNDLED, "en, ko (a few hundred words)", "", ""),
        f"{BUNDLED_SHOWN_NAME}, {size_text(size)}",
    )
    others = dict(on_disk)
    for known in CATALOGUE.values():
        here = [on_disk[name] for name in repositories(known.name) if name in on_disk]
        for item in here:
            others.pop(item.name, None)
        table.add_row(
            known.name,
            "many" if known.multilingual else "en",
            f"{known.download_mb} MB",
            ", ".join(sources.of(known.name)),
            "; ".join(map(_described, here)),
        )
    speakers = others.pop(SPEAKER_NETWORKS.repository, None)
    table.add_row(
        *(
            SPEAKERS_NAME,
            "any (tells speakers apart)",
            f"{SPEAKER_NETWORKS.download_bytes >> 20} MB",
        ),
        INDEX if INDEX in sources.order else "",
        _described(speakers) if speakers is not None else "",
    )
    for item in others.values():
        table.add_row(item.name, "", "", "", _described(item))
    Console(soft_wrap=True).print(table)


def download(
    settings: Settings,
    name: Annotated[
        str, typer.Argument(help="A name of `realtime models list`, or a hub id.", metavar="NAME")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Fetch a model, so that starting needs no network. Says how large it is and asks first.

    All local backends can use it. --model-sources says where it is downloaded from.
    """
    sources = _sources(settings)
    speakers = name == SPEAKERS_NAME
    if not speakers:
        hub_id(name)  # raises SetupError for a name that is no model
    path = sources.index.speakers() if speakers else sources.cached(name)
    if path is not None:
        typer.echo(f"{name} is already here: {path}")
        return

    def agree(announced: str) -> None:
        if not yes:
            typer.confirm(f"Download {announced} to {sources.cache_dir}?", abort=True)

    made = sources.fetch_speakers(agree) if speakers else sources.fetch([name], agree).path
    typer.echo(f"{name} is here: {made}")


def remove(
    settings: Settings,
    name: Annotated[str, typer.Argument(help="A name of `realtime models list`.", metavar="NAME")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete a downloaded model from the caches. Says what it deletes, and asks first.

    A model folder of your own is never touched.
    """
    hub_cache = _sources(settings).cache_dir
    whisper_cache = whisper_dir(settings.models_dir)
    for item in stored_models.named(name, hub_cache, whisper_cache):
        question = (
            f"Delete {item.name} ({item.kind}, {size_text(item.size_bytes)}) from {item.path}?"
        )
        if not yes:
            typer.confirm(question, abort=True)
        stored_models.remove(item, hub_cache, whisper_cache)
        typer.echo(f"Deleted {item.path}, {size_text(item.size_bytes)}")


def pack(
    settings: Settings,
    name: Annotated[
        str,
        typer.Argument(
            help="A name of `realtime models list`, a hub id, or a model folder.", metavar="NAME"
        ),
    ],
    file: Annotated[Path, typer.Argument(help="File to create.", metavar="FILE")],
) -> None:
    """Pack a model into one file, for a machine that cannot download it.

    Example:

    - `realtime models pack base base.model`, and there: `realtime models unpack base.model`
    """
    model, repository = packed.find(name, _sources(settings).cache_dir)
    whole = packed.pack(model, repository, file)
    typer.echo(f"Made {file} ({size_text(file.stat().st_size)}) of {model}. Its SHA-256: {whole}")


def unpack(
    settings: Settings,
    file: Annotated[
        Path, typer.Argument(help="File that `realtime models pack` made.", metavar="FILE")
    ],
    sha256: Annotated[
        str, typer.Option(help="SHA-256 that the file must have, as printed by `pack`.")
    ] = "",
) -> None:
    """Add the model from such a file to those of this machine. Needs no network."""
    repository, model = packed.unpack(file, _sources(settings).cache_dir, sha256)
    known = packed.known_as(repository)
    typer.echo(f"{model} is here. Use it with: realtime serve --model {known}")


def _sources(settings: Settings) -> Sources:
    return Sources.from_environment(
        settings.models_dir, settings.hub_timeout_s, settings.model_sources
    )


def _described(item: stored_models.StoredModel) -> str:
    return f"{item.path} ({item.kind}, {size_text(item.size_bytes)})"


def inflate(
    source: Annotated[
        str, typer.Argument(help="The bundled model (`micro`) or a model folder.", metavar="SOURCE")
    ],
    shape: Annotated[
        str, typer.Argument(help="tiny, base, small, medium or large-v2.", metavar="SHAPE")
    ],
    out: Annotated[
        Path, typer.Argument(help="Folder to create; it must be new or empty.", metavar="OUT")
    ],
) -> None:
    """Make a model of a stock shape that says the same words as SOURCE, at the stock shape's cost.

    For measuring speed without a download. Example:

    - `realtime models inflate micro base /tmp/base && realtime serve --model /tmp/base`
    """
    from realtime.weights.inflate import inflate as make  # imports numpy, and takes seconds

    made = make(bundled_dir() if source in ("micro", BUNDLED) else Path(source), shape, out)
    typer.echo(f"Made {made}. Use it with: realtime serve --model {made}")
