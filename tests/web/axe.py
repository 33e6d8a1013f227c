"""axe-core, which finds accessibility problems. npm downloads it once."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from tests.guard import fetching
from tests.readme import ROOT

VERSION = "4.14.1"
FOLDER = ROOT / "build" / "axe-core"


def axe_source() -> str:
    """The source of the script. Skips the test if it is missing and cannot be downloaded."""
    script = FOLDER / f"axe-{VERSION}.min.js"
    if not script.is_file():
        _fetch(script)
    return script.read_text(encoding="utf-8")


def _fetch(script: Path) -> None:
    fetching("axe-core")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs axe-core: apt install npm, with a network")
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Another test process may be downloading it too, so the file must appear in one step.
    with tempfile.TemporaryDirectory(dir=FOLDER) as draft:
        done = subprocess.run(
            [npm, "pack", f"axe-core@{VERSION}", "--silent"],
            cwd=draft,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            pytest.skip(f"needs axe-core, which npm could not fetch: {done.stderr[-200:]}")
        with tarfile.open(Path(draft) / f"axe-core-{VERSION}.tgz") as packed:
            packed.extract("package/axe.min.js", draft, filter="data")
        (Path(draft) / "package/axe.min.js").replace(script)
