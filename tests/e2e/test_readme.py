"""The READMEs' blocks marked `<!-- run: … -->`, run as they stand against a real server.

Only what a reader would put in too is put in: the server's address and the name of a recording.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from realtime.settings import Settings
from tests.e2e.support import BIN, SAMPLES, environment, finals, said
from tests.readme import READMES, ROOT, block
from tests.serving import Served, serving

ENGLISH = READMES["en"]  # test_docs sees to it that the Korean one has the same code


def run(code: str) -> str:
    """Standard output of a shell block. The programs of this environment come first."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("path", "name"), [(ENGLISH, "en-call"), (READMES["ko"], "ko-call")])
def test_a_job(path: Path, name: str, tmp_path: Path) -> None:
    with serving(Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path)) as served:
        assert served.app.web is not None
        here = f"http://127.0.0.1:{served.app.web.port}"
        code = block(path, "jobs").code.replace("http://localhost:8100", here)
        job = json.loads(run(code))
        while job["status"] in ("pending", "processing"):
            job = json.loads(run(f"curl -s {here}/api/transcribe-status/{job['job_id']}"))
    said(job["result"]["text"], SAMPLES[name])


@pytest.mark.parametrize(("path", "name"), [(ENGLISH, "en-call"), (READMES["ko"], "ko-call")])
def test_the_first_words(path: Path, name: str, server: Served) -> None:
    code = block(path, "stream").code.strip().replace(".venv/bin/", f"{BIN}/")
    assert f"samples/{name}.wav" in code
    said(run(f"{code} --pace fast --url {server.url}"), SAMPLES[name])


def test_the_python_client(server: Served) -> None:
    sample = SAMPLES["en-timer"]
    code = block(ENGLISH, "python").code
    done = subprocess.run(
        [sys.executable, "-c", code, sample.path, f"{server.url}/?language=en"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said(finals(done.stdout.splitlines()), sample)


@pytest.mark.parametrize(("path", "name"), [(ENGLISH, "en-call"), (READMES["ko"], "ko-call")])
def test_an_upload(path: Path, name: str, api: Served) -> None:
    code = block(path, "upload").code
    assert f"samples/{name}.wav" in code
    answer = json.loads(run(code.replace("http://localhost:8003", api.api)))
    said(answer["text"], SAMPLES[name])


def test_the_client_of_openai(api: Served) -> None:
    sample = SAMPLES["en-timer"]
    code = block(ENGLISH, "openai").code.replace("http://localhost:8003", api.api)
    done = subprocess.run(
        [sys.executable, "-c", code, sample.path],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said(done.stdout, sample)


@pytest.mark.parametrize(("path", "name"), [(ENGLISH, "en-call"), (READMES["ko"], "ko-call")])
def test_a_file_without_a_server(path: Path, name: str) -> None:
    code = block(path, "transcribe").code.strip().replace(".venv/bin/", f"{BIN}/")
    assert f"samples/{name}.wav" in code
    said(run(f"{code} --model bundled"), SAMPLES[name])


def test_a_load_test(api: Served, tmp_path: Path) -> None:
    code = block(ENGLISH, "load-test").code.strip().replace(".venv/bin/", f"{BIN}/")
    places = f"--report {tmp_path}/report.html --save-path {tmp_path}/results.json"
    short = "--total-requests 4 --warmup-requests 1 --audio-duration 3"
    out = run(f"{code} --base-url {api.api} {places} {short}")
    assert "4 (100.0 %)" in out
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["library", "processor"])
def test_the_library(name: str) -> None:
    sample = SAMPLES["en-timer"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block(ENGLISH, name).code, sample.path],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sample.text in done.stdout
    assert ("faster-whisper" in done.stdout) is (name == "library")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg: apt install ffmpeg")
def test_ffmpeg_and_websocat(server: Served) -> None:
    sample = SAMPLES["ko-phone"]
    code = block(ENGLISH, "websocat").code
    code = code.replace("audio.mp3", str(sample.path)).replace("ws://localhost:8765", server.url)
    said(finals(run(code).splitlines()), sample)
