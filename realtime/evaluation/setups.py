"""Setups that a run compares: as a file, and as live streams with different options. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from realtime.errors import SetupError

FILE = "file"
LIVE = "live"
DEFAULT_SETUPS = "file,live,low-latency,balanced,accuracy"


@dataclass(frozen=True, slots=True)
class Setup:
    """One way to recognise a recording."""

    name: str
    live: bool
    options: Mapping[str, str] = field(default_factory=dict)
    """Options of the stream as a client sends them; the server's settings supply the rest."""


def parse_setups(text: str) -> tuple[Setup, ...]:
    """Parse setups with commas between them; duplicates are dropped. Each is `file`, `live`, a
    preset, or options as in a stream's URL (`chunk_duration=5&hop=1`).

    Values are not checked here. Raises SetupError if there is no setup.
    """
    found: dict[str, Setup] = {}
    for part in text.split(","):
        name = part.strip()
        if name:
            found.setdefault(name, _setup(name))
    if not found:
        raise SetupError(f"There is nothing to compare: name setups, such as {DEFAULT_SETUPS}.")
    return tuple(found.values())


def _setup(name: str) -> Setup:
    if name in (FILE, LIVE):
        return Setup(name, name == LIVE)
    if "=" in name:
        return Setup(name, True, dict(parse_qsl(name, keep_blank_values=True)))
    return Setup(name, True, {"preset": name})
