"""Helpers of the end-to-end tests: programs of this environment, comparison of transcripts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from realtime.weights.bundled import Sample, samples
from tests.readme import ROOT

BIN = Path(sys.executable).parent
OWN = {"STT_API_PORT": "-1", "STT_WEB_PORT": "-1", "STT_MODEL_SOURCES": "hub"}
"""Variables that keep servers in tests off the ports of a running server and off the machine's
package index."""
SAMPLES = {sample.name: sample for sample in samples()}


def environment(**changes: str) -> dict[str, str]:
    """This process's variables without the project's settings; this environment's programs come
    first, and the code is that of this checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STT_")}
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    # Help and errors must not depend on the width of the terminal.
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **OWN, **changes}


@contextmanager
def interruptible(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program that reacts to Ctrl-C, even if these tests run in the background of a script,
    whose shell makes its children ignore it. The program is always stopped at the end."""
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # children inherit it as SIG_DFL
    try:
        running = subprocess.Popen(command, **options)
    finally:
        signal.signal(signal.SIGINT, before)
    with running:
        try:
            yield running
        finally:
            running.kill()


def finals(lines: Iterable[str]) -> str:
    """The transcript from messages, one per line."""
    messages = [json.loads(line) for line in lines]
    return " ".join(item["text"] for item in messages if item["type"] == "final" and item["text"])


def letters(text: str) -> str:
    """The text without spaces and punctuation, where finals may differ from offline results."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def said(output: str, sample: Sample) -> None:
    """Check that `output` is the transcript of the recording."""
    assert letters(output) == letters(sample.text)
