"""The READMEs' blocks marked `<!-- run: … -->`, run as they stand against a real server.

Only what a reader would put in too is put in: the server's address and the name of a recording.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shlex import quote

import pytest

from realtime.settings import Settings
from tests.e2e.support import BIN, SAMPLES, environment, finals, said
from tests.readme import READMES, ROOT, block
from tests.serving import Served, serving

ENGLISH = READMES["en"]  # test_docs sees to it that the Korean one has the same code
BOTH = [(ENGLISH, "en-call"), (READMES["ko"], "ko-call")]


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


def run_all(*codes: str) -> list[str]:
    """The same of several that have nothing to do with each other, at once."""
    with ThreadPoolExecutor(len(codes)) as pool:
        return list(pool.map(run, codes))


def test_a_job(tmp_path: Path) -> None:
    with serving(Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path)) as served:
        assert served.app.web is not None
        here = f"http://127.0.0.1:{served.app.web.port}"
        for path, name in BOTH:
            code = block(path, "jobs").code.replace("http://localhost:8100", here)
            job = json.loads(run(code))
            while job["status"] in ("pending", "processing"):
                job = json.loads(run(f"curl -s {here}/api/transcribe-status/{job['job_id']}"))
            said(job["result"]["text"], SAMPLES[name])


def commands(name: str) -> list[str]:
    """The block in each README, with this environment's programs."""
    codes = [block(path, name).code.strip().replace(".venv/bin/", f"{BIN}/") for path, _ in BOTH]
    assert all(f"samples/{name}.wav" in code for code, (_, name) in zip(codes, BOTH, strict=True))
    return codes


def test_the_first_words(server: Served) -> None:
    outs = run_all(*(f"{code} --pace fast --url {server.url}" for code in commands("stream")))
    for out, (_, name) in zip(outs, BOTH, strict=True):
        said(out, SAMPLES[name])


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


@pytest.mark.parametrize(("path", "name"), BOTH)
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


def test_a_file_without_a_server() -> None:
    outs = run_all(*(f"{code} --model bundled" for code in commands("transcribe")))
    for out, (_, name) in zip(outs, BOTH, strict=True):
        said(out, SAMPLES[name])


def test_a_load_test(api: Served, tmp_path: Path) -> None:
    code = block(ENGLISH, "load-test").code.strip().replace(".venv/bin/", f"{BIN}/")
    places = f"--report {tmp_path}/report.html --save-path {tmp_path}/results.json"
    short = "--total-requests 4 --warmup-requests 1 --audio-duration 3"
    out = run(f"{code} --url {api.api} {places} {short}")
    assert "4 (100.0 %)" in out
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_library() -> None:
    sample = SAMPLES["en-timer"]
    names = ("library", "processor")
    outs = run_all(
        *(
            f"{sys.executable} -W error -c {quote(block(ENGLISH, name).code)} {sample.path}"
            for name in names
        )
    )
    for name, out in zip(names, outs, strict=True):
        assert sample.text in out
        assert ("faster-whisper" in out) is (name == "library")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg: apt install ffmpeg")
def test_ffmpeg_and_websocat(server: Served) -> None:
    sample = SAMPLES["ko-phone"]
    code = block(ENGLISH, "websocat").code
    code = code.replace("audio.mp3", str(sample.path)).replace("ws://localhost:8765", server.url)
    said(finals(run(code).splitlines()), sample)
