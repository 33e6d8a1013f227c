"""Readers of the files below `docker/`: images, and services of compose."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.readme import ROOT

DOCKER = ROOT / "docker"
SINGLE, PRODUCTION = DOCKER / "compose.yaml", DOCKER / "docker-compose.prod.yml"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")


@dataclass
class Image:
    """Settings that a target of the Dockerfile gives its containers."""

    environment: dict[str, str] = field(default_factory=dict)
    volumes: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    user: str = "0"
    ports: list[int] = field(default_factory=list)


def images(path: Path = DOCKER / "Dockerfile") -> dict[str, Image]:
    """Every target, including the settings it inherits from its base."""
    found: dict[str, Image] = {}
    image = Image()
    for word, rest in _instructions(path.read_text(encoding="utf-8")):
        match word:
            case "FROM":
                base, _, name = rest.partition(" AS ")
                old = found.get(base, Image())
                image = Image(
                    dict(old.environment), list(old.volumes), list(old.command),
                    list(old.entrypoint), old.user, list(old.ports),
                )  # fmt: skip
                found[name] = image
            case "ENV":
                image.environment |= dict(item.split("=", 1) for item in shlex.split(rest))
            case "VOLUME":
                image.volumes = yaml.safe_load(rest)
            case "CMD":
                image.command = yaml.safe_load(rest)
            case "ENTRYPOINT":
                image.entrypoint = yaml.safe_load(rest)
            case "USER":
                image.user = rest
            case "EXPOSE":
                image.ports = [int(port) for port in rest.split()]
    return found


def _instructions(text: str) -> list[tuple[str, str]]:
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    lines = (line for line in kept.replace("\\\n", " ").splitlines() if line.strip())
    return [(word, " ".join(rest.split())) for word, _, rest in (s.partition(" ") for s in lines)]


def services(path: Path, given: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Name → service, with the variables in `given` substituted as compose does."""

    def put(match: re.Match[str]) -> str:
        return given.get(match["name"]) or match["default"] or ""

    text = _VARIABLE.sub(put, path.read_text(encoding="utf-8"))
    read: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return read


def environment(
    image: Image, service: Mapping[str, Any], given: Mapping[str, str]
) -> dict[str, str]:
    """Variables of a service's container: the image's, then the service's; a name without a value
    takes its value from `given`, if present."""
    mine = {
        name: given.get(name) if value is None else str(value)
        for name, value in service.get("environment", {}).items()
    }
    return image.environment | {name: value for name, value in mine.items() if value is not None}
