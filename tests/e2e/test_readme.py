"""The READMEs' blocks marked `<!-- run: … -->`, run as they stand against a real server.

Only what a reader would put in too is put in: the server's address and the name of a recording.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from realtime.models.bundled import Sample, samples
from tests.readme import READMES, ROOT, block

pytest.importorskip("realtime.app")

SAMPLES = {sample.name: sample for sample in samples()}
BIN = Path(sys.executable).parent
README = pytest.mark.parametrize("path", READMES.values(), ids=lambda path: path.name)


class Server(Protocol):
    """The fixture `server`: a real one with the bundled model, on a free port."""

    url: str
    """ws://127.0.0.1:PORT"""


def run(code: str) -> str:
    """Standard output of a shell block. The programs of this environment come first."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def finals(lines: str) -> str:
    """The transcript out of the messages."""
    messages = [json.loads(line) for line in lines.splitlines()]
    return " ".join(item["text"] for item in messages if item["type"] == "final" and item["text"])


def letters(text: str) -> str:
    """Without spaces and punctuation, where a final may differ from an offline transcript."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def said(output: str, sample: Sample) -> None:
    assert letters(output) == letters(sample.text)


@README
def test_the_first_words(path: Path, server: Server) -> None:
    code = block(path, "stream").code.strip().replace(".venv/bin/", f"{BIN}/")
    name = "en-call" if path.name == "README.md" else "ko-call"
    assert f"samples/{name}.wav" in code
    said(run(f"{code} --pace fast --url {server.url}"), SAMPLES[name])


@README
def test_the_python_client(path: Path, server: Server) -> None:
    sample = SAMPLES["en-timer" if path.name == "README.md" else "ko-agent"]
    code = block(path, "python").code
    done = subprocess.run(
        [sys.executable, "-c", code, sample.path, f"{server.url}/?language={sample.language}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said(finals(done.stdout), sample)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg: apt install ffmpeg")
@README
def test_ffmpeg_and_websocat(path: Path, server: Server) -> None:
    sample = SAMPLES["ko-phone"]
    code = block(path, "websocat").code
    code = code.replace("audio.mp3", str(sample.path)).replace("ws://localhost:8765", server.url)
    code = code.replace("?idle_close_ms", f"?language={sample.language}&idle_close_ms")
    said(finals(run(code)), sample)
