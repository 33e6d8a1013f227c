"""The process that writes documents. What it writes: `tests/server/page/test_exports.py`."""

from __future__ import annotations

import subprocess
import sys


def test_documents_are_written_without_the_listeners_libraries() -> None:
    """A user waits for the child's start in each export."""
    code = (
        "import sys, realtime.transcribe.documents\n"
        "sys.exit(', '.join({'fastapi', 'pydantic', 'uvicorn'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
