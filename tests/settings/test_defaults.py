"""A default that a setting and a part's own options share has one value, not two."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import realtime.files
import realtime.jobs
import realtime.live
import realtime.server
import realtime.session
import realtime.speakers
import realtime.transcribe
import realtime.wire
from realtime.settings import Settings

LAYERS = (
    *(realtime.files, realtime.jobs, realtime.live, realtime.server, realtime.session),
    *(realtime.speakers, realtime.transcribe, realtime.wire),
)
OF_THE_MODEL = frozenset({"beam_size", "language", "model"})
"""The settings leave these to the model, which decides the value."""
IN_SAMPLES = frozenset({("ChunkOptions", "hop")})
"""The session counts in samples where the setting is in seconds."""


def modules(layer: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(layer.__path__, f"{layer.__name__}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def defaults() -> dict[tuple[str, str], object]:
    """(class, field) → default, of every class of options."""
    return {
        (name, field.name): field.default
        for layer in LAYERS
        for module in modules(layer)
        for name, kind in vars(module).items()
        if name.endswith(("Options", "Defaults")) and dataclasses.is_dataclass(kind)
        for field in dataclasses.fields(kind)
    }


def test_no_default_has_two_values() -> None:
    shared = {
        (owner, name): default
        for (owner, name), default in defaults().items()
        if name in Settings.model_fields
        and name not in OF_THE_MODEL
        and (owner, name) not in IN_SAMPLES
        and default is not dataclasses.MISSING
    }
    assert ("ConnectionOptions", "send_timeout_s") in shared
    other = {key for key, value in shared.items() if value != Settings.model_fields[key[1]].default}
    assert other == set()
