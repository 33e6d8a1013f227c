"""Run pip and report its progress; pip itself is silent (--quiet) or reports every package.

    python .ci/install.py LOCK_FILE PIP_COMMAND…

LOCK_FILE names one package per line. At a terminal one line is updated in place; elsewhere a line
is printed at intervals. If pip fails, its output is shown. Uses only the standard library, since
nothing is installed yet. The exit code is pip's.
"""

import os
import re
import selectors
import subprocess
import sys
import time
from pathlib import Path

TICK_S = 1.0
REPORT_S = 10.0
"""Time between two lines if the output is not a terminal."""
PIECE = 65_536
FETCHED = re.compile(r"^(?:Collecting |Requirement already satisfied)", re.MULTILINE)
UNPACKING = "\nInstalling collected packages"
INSTALLED = re.compile(r"^Successfully installed (.*)", re.MULTILINE)
CLEAR = "\r\x1b[K"


def main(lock_file: str, *command: str) -> int:
    """Run `command`; return its exit code."""
    lock = Path(lock_file).read_text(encoding="utf-8")
    told = Progress(sum("==" in line for line in lock.splitlines()), sys.stdout.isatty())
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as pip,
        selectors.DefaultSelector() as waiting,
    ):
        assert pip.stdout is not None
        waiting.register(pip.stdout, selectors.EVENT_READ)
        while True:
            if waiting.select(TICK_S):
                piece = os.read(pip.stdout.fileno(), PIECE)
                if not piece:
                    break
                told.said += piece.decode(errors="replace")
            told.tell()
    told.end(pip.returncode)
    return pip.returncode


class Progress:
    """Collects pip's output, and shows its progress."""

    def __init__(self, total: int, live: bool) -> None:
        self.said = ""
        self._total, self._live = total, live
        self._begun = self._told = time.monotonic()

    def tell(self) -> None:
        """Show the progress if an update is due."""
        now = time.monotonic()
        if not self._live and now - self._told < REPORT_S:
            return
        self._told = now
        fetched = min(len(FETCHED.findall(self.said)), self._total)
        stage = "unpacking" if UNPACKING in self.said else f"{fetched} of {self._total} packages"
        self._show(f"  {stage}, {now - self._begun:.0f} s", end="" if self._live else "\n")

    def end(self, returncode: int) -> None:
        """Show the result: pip's output if it failed."""
        if returncode:
            self._show(self.said, end="")
            return
        done = INSTALLED.search(self.said)
        count = len(done[1].split()) if done else 0
        self._show(f"  {count} packages installed in {time.monotonic() - self._begun:.0f} s")

    def _show(self, text: str, end: str = "\n") -> None:
        sys.stdout.write((CLEAR if self._live else "") + text + end)
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
