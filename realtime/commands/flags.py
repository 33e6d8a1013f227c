"""Command line flags made from the settings and from dataclasses, so that each is defined once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from realtime.errors import broken_rule
from realtime.settings import Settings, load
from realtime.settings.knob import flag, hidden_flag, variable
from realtime.settings.merged import GROUPS, knob
from realtime.settings.table import choices, default_text

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Settings file (TOML). Default: STT_CONFIG, else ./realtime.toml if there is one.",
        show_default=False,
    ),
]


class Commands(TyperGroup):
    """Commands whose switches show no type, as if they took a value (`--json <bool>`), and that
    refuse a flag's wrong value in this project's words."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            for parameter in command.get_params(ctx):
                if getattr(parameter, "is_flag", False):
                    parameter.metavar = ""
        return command

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as refused:
            if isinstance(refused.__cause__, ValidationError):
                refused.message = f"{broken_rule(refused.__cause__.errors()[0])}."
            raise


def with_settings(
    command: Callable[..., None], groups: Iterable[str] = tuple(GROUPS)
) -> Callable[..., None]:
    """Give `command(settings, …)` a flag for each setting of `groups`; its other options stay.

    The settings check the values as typed, so that messages are the same for flags, environment and
    file. Raises the errors of `load`.
    """
    names = [name for group in groups for name in GROUPS[group].model_fields]
    renamed = [name for name in names if hidden_flag(name)]

    @wraps(command)
    def run(config: Path | None = None, **arguments: Any) -> None:
        flags = {name: arguments.pop(name) for name in names}
        for name in renamed:
            former = arguments.pop(_former(name))
            flags[name] = former if flags[name] is None else flags[name]
        command(load(flags, config), **arguments)

    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    parameters = [
        *own,
        inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, annotation=ConfigOption),
        *(_parameter(name, group) for group in groups for name in GROUPS[group].model_fields),
        *map(_hidden_parameter, renamed),
    ]
    parameters[len(own)] = parameters[len(own)].replace(default=None)
    return _signed(run, parameters)


def with_flag_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command a flag for each field of its parameters that are dataclasses.

    A field is declared as a parameter of a command would be: `Annotated[type, typer.Option(…)]`
    and a default. Commands that share flags share the dataclass, and what it makes of them.
    """
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type] = {}
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        if is_dataclass(parameter.annotation) and isinstance(parameter.annotation, type):
            groups[name] = parameter.annotation
            parameters += _field_parameters(parameter.annotation)
        else:
            parameters.append(parameter)

    @wraps(command)
    def run(*settings: Settings, **arguments: Any) -> None:
        for name, group in groups.items():
            values = {field.name: arguments.pop(field.name) for field in fields(group)}
            arguments[name] = group(**values)
        command(*settings, **arguments)

    return _signed(run, parameters)


def _field_parameters(group: type) -> list[inspect.Parameter]:
    kinds = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=kinds[field.name],
        )
        for field in fields(group)
    ]


def _signed(
    run: Callable[..., None], parameters: Sequence[inspect.Parameter]
) -> Callable[..., None]:
    """`run` with these parameters for typer, which reads the order and the defaults from the
    signature, and the types from the annotations."""
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


def _parameter(name: str, group: str) -> inspect.Parameter:
    """The flag of a setting. Unless it is a switch, its type is text, which the settings check."""
    described = knob(name)
    spoken = f"{described.help} (default: {default_text(name)}; env: {variable(name)})"
    if Settings.model_fields[name].annotation is bool:
        option = typer.Option(
            f"{flag(name)}/--no-{flag(name)[2:]}",
            help=spoken,
            rich_help_panel=group,
            show_default=False,
        )
        kind: Any = bool | None
    else:
        option = typer.Option(
            flag(name),
            help=spoken,
            metavar=_metavar(name),
            rich_help_panel=group,
            show_default=False,
        )
        kind = str | None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def _former(name: str) -> str:
    return f"{name}_former"


def _hidden_parameter(name: str) -> inspect.Parameter:
    """The hidden flag with a setting's former name."""
    option = typer.Option(hidden_flag(name), hidden=True)
    return inspect.Parameter(
        *(_former(name), inspect.Parameter.KEYWORD_ONLY),
        default=None,
        annotation=Annotated[str | None, option],
    )


def _metavar(name: str) -> str:
    """The placeholder after the flag in the help: `auto|cpu|cuda`, `SECONDS`, `PATH` …"""
    words = choices(name)
    if words and len(words) <= 4:
        return "|".join(words)
    annotation = Settings.model_fields[name].annotation
    unit = {"s": "SECONDS", "ms": "MS", "bytes": "BYTES"}.get(knob(name).unit)
    kinds: dict[Any, str] = {int: "NUMBER", float: "NUMBER", Path | None: "PATH"}
    return unit or kinds.get(annotation, "TEXT")
