"""The output of `make run` while it installs: real pip, packages of this test, no index."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.commands.terminal import shown_at_a_terminal
from tests.readme import ROOT

NAMES = ("one", "two", "three")


def wheels(folder: Path) -> Path:
    """Create a lock file, with the wheels of its packages beside it."""
    for name in NAMES:
        about = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", "")
            wheel.writestr(
                f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            )
            tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            wheel.writestr(f"{about}/WHEEL", tag)
            wheel.writestr(f"{about}/RECORD", "")
    lock = folder / "requirements.lock"
    lock.write_text("".join(f"{name}==1.0\n" for name in NAMES), encoding="utf-8")
    return lock


def command(lock: Path, *more: str) -> list[str]:
    pip = ["-m", "pip", "install", "--isolated", "--no-index", "--find-links", str(lock.parent)]
    order = [sys.executable, *pip, "--target", str(lock.parent / "here"), "-r", str(lock), *more]
    return [sys.executable, str(ROOT / ".ci/install.py"), str(lock), *order]


def test_a_terminal_shows_how_many_packages_are_there(tmp_path: Path) -> None:
    code, shown = shown_at_a_terminal(command(wheels(tmp_path)), cwd=tmp_path)
    assert code == 0
    assert " of 3 packages, " in shown
    assert shown.rstrip().splitlines()[-1].startswith("  3 packages installed in ")
    assert "Collecting" not in shown
    assert (tmp_path / "here" / "three.py").is_file()


def test_a_failed_installation_is_shown_in_full(tmp_path: Path) -> None:
    done = subprocess.run(
        command(wheels(tmp_path), "four"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "No matching distribution found for four" in done.stdout


def test_make_uses_the_script() -> None:
    for lock in ("requirements", "requirements-dev"):
        plan = subprocess.run(
            ["make", "--dry-run", "--always-make", ".venv/.dev"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert f".ci/install.py {lock}.lock " in plan
