"""What the end-to-end tests share: programs of this environment, and transcripts compared."""

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
"""So that servers started by tests do not take the ports of one that runs already, and ask no
package index of the machine."""
SAMPLES = {sample.name: sample for sample in samples()}


def environment(**changes: str) -> dict[str, str]:
    """This process's, without settings of ours; this environment's programs come first, and its
    code is the one that is tested."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STT_")}
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    # So that a help or an error does not depend on how wide the terminal is.
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **OWN, **changes}


@contextmanager
def interruptible(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that hears Ctrl-C, also where these tests run in the background of a script: such a
    shell lets its children ignore it. Whatever happens, it is gone at the end."""
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # which a child has as SIG_DFL
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
    """The transcript out of the messages, one a line."""
    messages = [json.loads(line) for line in lines]
    return " ".join(item["text"] for item in messages if item["type"] == "final" and item["text"])


def letters(text: str) -> str:
    """Without spaces and punctuation, where a final may differ from an offline transcript."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def said(output: str, sample: Sample) -> None:
    """`output` is what the recording says."""
    assert letters(output) == letters(sample.text)
