"""Commands at a terminal: what a person sees there and a pipe does not."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

from tests.e2e.support import BIN, environment

PATIENCE_S = 120.0
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def at_a_terminal(*arguments: str | Path, cwd: Path, **changes: str) -> tuple[int, str]:
    """Run `realtime` with both outputs at a terminal; → exit code, all that was ever shown.

    `changes`: of the environment.
    """
    leader, follower = pty.openpty()
    env = environment(**{"TERM": "xterm-256color", **changes})
    shown = bytearray()
    with subprocess.Popen(
        [BIN / "realtime", *arguments], cwd=cwd, env=env, stdout=follower, stderr=follower
    ) as running:
        os.close(follower)
        try:
            while piece := os.read(leader, 65_536):
                shown += piece
        except OSError:  # Linux's way to say that the other side is closed
            pass
        finally:
            os.close(leader)
            running.wait(PATIENCE_S)
    return running.returncode, _CONTROL.sub("", shown.decode(errors="replace"))
