"""`realtime doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from realtime.commands import checks
from realtime.commands.checks import Check
from realtime.settings import Settings
from realtime.weights.sources import Sources

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    settings: Settings,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check this machine (processor, GPU, models, network, ports, microphone) and say what to fix.

    Exit code 0 unless a check fails; warnings are for what may be missing on purpose.
    """
    found = examine(settings)
    failed = any(check.status == "fail" for check in found)
    if as_json:
        answer = {"ok": not failed, "checks": [asdict(check) for check in found]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(found)
    raise typer.Exit(1 if failed else 0)


def examine(settings: Settings) -> list[Check]:
    """All checks, in the order in which they are shown. The time limits of hub and index keep it to
    seconds."""
    sources = Sources.from_environment(
        settings.models_dir, settings.hub_timeout_s, settings.model_sources
    )
    return [
        checks.check_python(),
        checks.check_cpu(),
        checks.check_cores(),
        checks.check_memory(),
        checks.check_gpu(settings.device),
        checks.check_models(sources.cache_dir),
        checks.check_hub(sources),
        checks.check_index(sources),
        *(
            checks.check_port(settings.host, port, flag, tls=settings.tls_cert is not None)
            for flag, port in (
                ("--port", settings.port),
                ("--api-port", settings.api_port),
                ("--web-port", settings.web_port),
            )
            if port >= 0
        ),
        checks.check_data_dir(settings.data_dir, shared=settings.data_dir_shared),
        checks.check_microphone(),
        *(checks.check_tool(tool) for tool in checks.TOOLS),
    ]


def _print(found: list[Check]) -> None:
    table = Table(box=None, show_header=False)
    for check in found:
        colour = _COLOURS[check.status]
        text = check.found + (f"\n→ {check.advice}" if check.advice else "")
        table.add_row(f"[{colour}]{check.status}[/]", check.name, text)
    Console().print(table)
