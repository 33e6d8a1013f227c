"""The READMEs' blocks marked `<!-- run: … -->`, run unchanged, in both languages.

They run in a folder like the checkout: its environment as `.venv`, its package, and the files that
users of the READMEs save (`<!-- file: … -->`). Only the addresses become those of the server here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from realtime.settings import Settings
from realtime.settings.table import Language
from tests.e2e.support import SAMPLES, environment, finals, said
from tests.readme import READMES, ROOT, block, blocks, guide
from tests.serving import Served, serving

pytestmark = pytest.mark.slow

PATIENCE_S = 300
PROGRAMS = {"many": "ffmpeg", "shortest": "ffmpeg", "websocat": "ffmpeg", "load-test": "espeak-ng"}
"""Block → the program it needs that is not a Python package."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server with all three ports."""
    ports = {"port": 0, "api_port": 0, "web_port": 0}
    data = tmp_path_factory.mktemp("data")
    settings = Settings.model_validate({**ports, "model": "bundled", "data_dir": data})
    with serving(settings) as served:
        yield served


@pytest.fixture(params=READMES)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


@pytest.fixture
def here(tmp_path: Path, language: Language) -> Path:
    """A checkout with the files that users of its README save."""
    (tmp_path / "realtime").symlink_to(ROOT / "realtime")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for item in blocks(guide(language)):
        if item.file:
            (tmp_path / item.file).write_text(item.code, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(here: Path, language: Language, site: Served) -> Callable[[str], str]:
    """A function that runs the block of a name; → its standard output."""
    assert site.app.web is not None
    assert site.app.api is not None
    ports = {8765: site.app.server.port, 8003: site.app.api.port, 8100: site.app.web.port}

    def at_home(text: str) -> str:
        for usual, ours in ports.items():
            text = text.replace(f"localhost:{usual}", f"127.0.0.1:{ours}")
        return text

    for path in here.glob("*.py"):
        path.write_text(at_home(path.read_text(encoding="utf-8")), encoding="utf-8")

    # Blocks without an address get it from a file or from variables.
    load_test = here / "load-test.yaml"
    load_test.write_text(f"api: {{base_url: '{site.api}'}}\n", encoding="utf-8")
    told = {"STT_URL": site.url, "CONFIG_PATH": str(load_test)}

    def run_block(name: str) -> str:
        return run_code(at_home(block(language, name).code), here, **told)

    return run_block


def run_code(code: str, folder: Path, **variables: str) -> str:
    # Use the bundled model; installing packages that are already there contacts no index.
    variables |= {"STT_MODEL": "bundled", "PIP_NO_INDEX": "1", "XDG_STATE_HOME": str(folder)}
    env = environment(**variables)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def is_said(out: str, language: Language) -> None:
    said(out, SAMPLES[f"{language}-call"])


@pytest.mark.parametrize("name", ["stream", "finals", "transcribe"])
def test_the_words_are_printed(run: Callable[[str], str], language: Language, name: str) -> None:
    is_said(run(name), language)


def test_the_python_client(run: Callable[[str], str], language: Language) -> None:
    is_said(finals(run("python").splitlines()), language)


def needs(name: str) -> pytest.MarkDecorator:
    program = PROGRAMS[name]
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


@needs("websocat")
@pytest.mark.parametrize("name", ["websocat", "shortest-shell"])
def test_ffmpeg_and_websocat(run: Callable[[str], str], language: Language, name: str) -> None:
    lines = run(name).splitlines()
    is_said(finals(line for line in lines if line.startswith("{")), language)


@needs("shortest")
def test_the_shortest_client(run: Callable[[str], str], language: Language) -> None:
    is_said(finals(run("shortest").splitlines()), language)


def test_the_shortest_upload(run: Callable[[str], str], language: Language) -> None:
    is_said(json.loads(run("shortest-upload"))["text"], language)


def test_an_upload(run: Callable[[str], str], language: Language) -> None:
    is_said(json.loads(run("upload"))["text"], language)


def test_the_client_of_openai(run: Callable[[str], str], language: Language) -> None:
    is_said(run("openai").splitlines()[-1], language)


def test_a_job(run: Callable[[str], str], language: Language, site: Served, here: Path) -> None:
    job = json.loads(run("jobs"))
    while job["status"] in ("pending", "processing"):
        status = f"{site.page}/api/transcribe-status/{job['job_id']}"
        job = json.loads(run_code(f"curl -s {status}", here))
    is_said(job["result"]["text"], language)


@needs("many")
def test_many_recordings(run: Callable[[str], str], language: Language, here: Path) -> None:
    out = run("many")
    assert "measured with your recordings" in out
    names = {path.stem for path in (here / "calls").iterdir()}
    for folder, kind in (("texts", "json"), ("texts", "srt"), ("more", "txt")):
        assert {path.stem for path in (here / folder).glob(f"[!.]*.{kind}")} == names
    assert "-->" in (here / "call.srt").read_text(encoding="utf-8")
    is_said((here / "more" / f"{language}-call.txt").read_text(encoding="utf-8"), language)


def test_the_backend(run: Callable[[str], str]) -> None:
    assert json.loads(run("backend"))["current_backend"] == "faster-whisper"


def test_the_library(run: Callable[[str], str], language: Language) -> None:
    out = run("library")
    assert SAMPLES[f"{language}-call"].text in out
    assert out.splitlines()[-1] == "faster-whisper"
    assert "Final(" in run("processor")


def test_an_evaluation(run: Callable[[str], str], here: Path) -> None:
    run("evaluate")
    assert (here / "report.html").is_file()
    assert json.loads((here / "report.json").read_text(encoding="utf-8"))


@needs("load-test")
def test_a_load_test(run: Callable[[str], str], here: Path) -> None:
    out = run("load-test")
    assert "20 (100.0 %)" in out
    assert "<svg" in (here / "load.html").read_text(encoding="utf-8")
