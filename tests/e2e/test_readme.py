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

import pytest

from realtime.models.bundled import Sample, samples
from tests.readme import READMES, ROOT, block
from tests.serving import Served

SAMPLES = {sample.name: sample for sample in samples()}
BIN = Path(sys.executable).parent
ENGLISH = READMES["en"]  # test_docs sees to it that the Korean one has the same code


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
    said(finals(done.stdout), sample)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg: apt install ffmpeg")
def test_ffmpeg_and_websocat(server: Served) -> None:
    sample = SAMPLES["ko-phone"]
    code = block(ENGLISH, "websocat").code
    code = code.replace("audio.mp3", str(sample.path)).replace("ws://localhost:8765", server.url)
    said(finals(run(code)), sample)
