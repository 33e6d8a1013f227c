"""axe-core, which finds what keeps people with disabilities out. Fetched by npm, once."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.guard import fetching
from tests.readme import ROOT

VERSION = "4.14.1"
FOLDER = ROOT / "build" / "axe-core"


def axe_source() -> str:
    """The script. Skips the test where it is not here and cannot be fetched."""
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
    done = subprocess.run(
        [npm, "pack", f"axe-core@{VERSION}", "--silent"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        pytest.skip(f"needs axe-core, which npm could not fetch: {done.stderr[-200:]}")
    archive = FOLDER / f"axe-core-{VERSION}.tgz"
    with tarfile.open(archive) as packed:
        member = packed.extractfile("package/axe.min.js")
        assert member is not None
        script.write_bytes(member.read())
    archive.unlink()
