"""Transcripts as files, written in a process of their own.

Laying out a long transcript as PDF takes seconds, during which live streams would wait. The child
imports no server: that would take it three times as long to start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from realtime.errors import RealtimeError
from realtime.files.documents.export import Exported, Kind, archive, write
from realtime.files.documents.layout import DocumentChoice
from realtime.transcribe.views import transcript_of
from realtime.types import Comment

PATIENCE_S = 600.0
"""Time for the child process. An hour of speech as PDF takes some seconds; hundreds of them on a
busy machine, minutes."""
NICE = 5
"""Live streams have priority."""
_CHILD = (
    "import sys; sys.path[:] = {path!r}; from realtime.transcribe.documents import main; main()"
)


def written_apart(inside: BinaryIO, folder: Path) -> Path:
    """Write the files in a child process; → a new file in `folder`. `inside`: a line with the
    choices, then one for each transcript, as JSON. Blocks for seconds. Raises RealtimeError."""
    inside.seek(0)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as out:
        try:
            done = subprocess.run(
                [sys.executable, "-S", "-E", "-c", _CHILD.format(path=sys.path)],
                stdin=inside.fileno(),
                stdout=out.fileno(),
                stderr=subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8"},  # none of this process's secrets
                timeout=PATIENCE_S,
                check=False,
            )
            failed = done.returncode != 0
        except subprocess.TimeoutExpired:
            failed = True
    if failed:
        Path(out.name).unlink(missing_ok=True)
        raise RealtimeError("The files could not be written: try fewer at once, or another format.")
    return Path(out.name)


def main() -> None:
    """The child process: reads the request and transcripts from stdin, writes a file to stdout."""
    os.nice(NICE)
    choices = orjson.loads(sys.stdin.buffer.readline())
    choice = DocumentChoice(choices["speakers"], choices["times"])
    kinds: Sequence[Kind] = choices["formats"]
    exported = map(_exported, map(orjson.loads, sys.stdin.buffer))
    if len(choices["job_ids"]) == 1 and len(kinds) == 1:
        sys.stdout.buffer.write(write(next(iter(exported)), kinds[0], choice))
    else:
        sys.stdout.buffer.write(archive(exported, kinds, choice))


def _exported(line: dict[str, Any]) -> Exported:
    transcript = transcript_of(line["segments"], line["language"], line["duration"])
    comments = [Comment(**comment) for comment in line["comments"]]
    return Exported(line["name"], transcript, line["speakers"], comments)
