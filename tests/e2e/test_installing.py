"""The documented ways to install without a checkout: the wheel is built here, the environments
are empty, and everything else comes from pip's configured index."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from realtime.version import __version__
from tests.e2e.support import SAMPLES, environment, finals, said
from tests.guard import fetching
from tests.readme import DOCS, ROOT, blocks

PATIENCE_S = 600
PROBE = "typer"
"""A small package; an index that has it is assumed to have the others."""
UV_VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "cert": ("SSL_CERT_FILE", " "),
}
"""pip's settings, which uv does not read → uv's variables and the separator of their values."""
_ADDRESS = re.compile(r"(\w+)=(\w+://localhost:\d+)")


@dataclass(frozen=True)
class Machine:
    """A user's machine: an empty folder, without this project's code on Python's path."""

    folder: Path
    variables: Mapping[str, str]

    def run(self, *command: str | Path) -> str:
        """Run a command; → its standard output. Fails with its standard error."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-5_000:]
        return done.stdout

    def block(self, name: str) -> str:
        """Run the block of the first page marked `name`; → its standard output."""
        text = (DOCS / "index.md").read_text(encoding="utf-8")
        (found,) = [item for item in blocks(text) if item.run == name]
        return self.run("bash", "-euo", "pipefail", "-c", found.code)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that is removed at the end, since it grows to a gigabyte; pytest keeps its own."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    build = ("-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist")
    subprocess.run([sys.executable, *build], cwd=ROOT, check=True, capture_output=True)
    (made,) = (folder / "dist").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def machine(folder: Path, wheel: Path) -> Machine:
    """A machine that gets `realtime-whisper` from the wheel, and dependencies as locked."""
    fetching("what the wheel needs")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    (probe,) = re.findall(rf"^{PROBE}==.*$", lock, re.M)
    pip = (sys.executable, "-m", "pip")
    found = subprocess.run(
        [*pip, "download", "--quiet", "--no-deps", "--dest", folder / "probe", probe],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        pytest.skip(f"pip finds no index that has {probe}: {found.stderr.strip()[-200:]}")
    constraints = folder / "constraints.txt"
    constraints.write_text(f"{lock}realtime-whisper @ {wheel.as_uri()}\n", encoding="utf-8")
    config = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=True)
    own = {
        "PIP_CONSTRAINT": str(constraints),
        # Compiling modules that are never imported would take a third of the time.
        "PIP_NO_COMPILE": "1",
        "UV_CONSTRAINT": str(constraints),
        "UV_CACHE_DIR": str(folder / "cache"),
        # pip too takes the newest version from all its indexes.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "PIPX_HOME": str(folder / "pipx"),
        "PIPX_BIN_DIR": str(folder / "bin"),
        "PIPX_MAN_DIR": str(folder / "man"),
        "XDG_STATE_HOME": str(folder / "state"),
        "STT_DATA_DIR": str(folder / "data"),
    }
    variables = environment(**uv_variables(config.stdout), **own)
    del variables["PYTHONPATH"]
    variables["PATH"] = os.pathsep.join([own["PIPX_BIN_DIR"], variables["PATH"]])
    return Machine(folder, variables)


def uv_variables(pip_config: str) -> dict[str, str]:
    """uv's variables from `pip config list`, in which the environment comes first."""
    lines = [line.partition("=") for line in pip_config.splitlines()]
    given = {name.rpartition(".")[2]: ast.literal_eval(value) for name, _, value in reversed(lines)}
    return {
        name: separator.join(given[setting].split())
        for setting, (name, separator) in UV_VARIABLES.items()
        if setting in given
    }


@contextmanager
def serving(machine: Machine, realtime: Path) -> Iterator[tuple[str, str]]:
    """Run the installed server; → the addresses of its streams and of its page."""
    ports = ("--port", "0", "--api-port", "0", "--web-port", "0")
    with subprocess.Popen(
        [realtime, "serve", "--model", "bundled", *ports],
        cwd=machine.folder,
        env=machine.variables,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            addresses: dict[str, str] = {}
            for line in process.stderr:
                addresses |= _ADDRESS.findall(line)
                if "page" in addresses:  # the last one
                    break
            yield addresses["url"], addresses["page"]
        finally:
            process.terminate()
    assert process.returncode == 0


def test_settings_of_pip_become_those_of_uv() -> None:
    config = """:env:.cert='/a.crt'\nglobal.cert='/b.crt'\nglobal.find-links='/one\\n/two'"""
    assert uv_variables(config) == {"UV_FIND_LINKS": "/one,/two", "SSL_CERT_FILE": "/a.crt"}


def test_the_wheel_holds_one_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    (about,) = {name.split("/")[0] for name in names} - {"realtime"}
    assert about == f"realtime_whisper-{__version__}.dist-info"
    assert "realtime/web/index.html" in names


@pytest.mark.slow
def test_pip(machine: Machine) -> None:
    assert __version__ in machine.block("pip")
    realtime = machine.folder / "stt/bin/realtime"
    (sample,) = machine.folder.glob("stt/lib/*/site-packages/realtime/weights/samples/en-call.wav")
    assert "serve" in machine.run(realtime, "--help")
    words = machine.run(realtime, "transcribe", "--model", "bundled", "--language", "en", sample)
    said(words, SAMPLES["en-call"])
    with serving(machine, realtime) as (url, page):
        stream = (realtime, "stream", sample, "--url", url, "--language", "en")
        lines = machine.run(*stream, "--pace", "fast", "--json").splitlines()
        said(finals(lines), SAMPLES["en-call"])
        assert "<html" in httpx2.get(page, trust_env=False).text


@pytest.mark.slow
def test_uvx(machine: Machine) -> None:
    assert __version__ in machine.block("uvx")


def test_pipx(machine: Machine) -> None:
    assert __version__ in machine.block("pipx")
    assert shutil.which("realtime", path=machine.variables["PIPX_BIN_DIR"]) is not None
