"""What the package guarantees to its users: names, version, files."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

import realtime

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(realtime.__path__, prefix="realtime.")
)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported_and_keeps_its_promises(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, "says what it is for"
    exported = getattr(module, "__all__", [])
    assert len(set(exported)) == len(exported)
    for item in exported:
        assert hasattr(module, item)


def test_one_version_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.M)
    assert newest is not None
    assert realtime.__version__ == PROJECT["version"] == newest[1]
    assert importlib.metadata.version("realtime-whisper") == realtime.__version__


def test_the_command_is_that_of_the_cli() -> None:
    (found,) = importlib.metadata.entry_points(group="console_scripts", name="realtime")
    assert found.load().__module__ == "realtime.cli"


def test_the_package_is_typed() -> None:
    assert (ROOT / "realtime" / "py.typed").is_file()


def pins(path: Path) -> dict[str, str]:
    """Name → version in a lock file; every line must be one exact pin."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)", line)
        assert match is not None, f"{path.name}: {line}"
        found[match[1].lower().replace("_", "-")] = match[2]
    return found


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", item)[0].lower() for item in requirements}


def test_the_lock_files_hold_what_the_project_needs() -> None:
    base, dev = pins(ROOT / "requirements.lock"), pins(ROOT / "requirements-dev.lock")
    assert base.items() <= dev.items()
    extras = PROJECT["optional-dependencies"]
    assert names(PROJECT["dependencies"]) | names(extras["mic"]) <= set(base)
    wanted = names(extras["dev"]) - {PROJECT["name"]} | names(extras["recipe"])
    assert wanted | names(extras["bench"]) <= set(dev)


def test_the_base_install_needs_no_torch() -> None:
    base = pins(ROOT / "requirements.lock")
    assert not {"torch", "transformers", "openai-whisper"} & set(base)
