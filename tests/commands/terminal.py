"""Commands at a terminal: the output that a person sees there and a pipe does not get."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.e2e.support import BIN, environment

PATIENCE_S = 120.0
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def at_a_terminal(*arguments: str | Path, cwd: Path, **changes: str) -> tuple[int, str]:
    """Run `realtime` with both outputs at a terminal. Returns the exit code, and everything that
    was ever shown. `changes`: of the environment."""
    env = environment(**changes)
    return shown_at_a_terminal([BIN / "realtime", *arguments], cwd=cwd, env=env)


def shown_at_a_terminal(
    command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """The same for any program. `env`: None for this process's environment."""
    leader, follower = pty.openpty()
    env = {**(os.environ if env is None else env), "TERM": "xterm-256color"}
    shown = bytearray()
    with subprocess.Popen(command, cwd=cwd, env=env, stdout=follower, stderr=follower) as running:
        os.close(follower)
        try:
            while piece := os.read(leader, 65_536):
                shown += piece
        except OSError:  # on Linux, the other side is closed
            pass
        finally:
            os.close(leader)
            running.wait(PATIENCE_S)
    return running.returncode, _CONTROL.sub("", shown.decode(errors="replace"))
