"""From the end of installation to `ready`: `make run` in a fresh clone, without a hub.

The working tree's last commit is cloned, with the packages that are installed here (so the figure
does not include their download), and `make run` is timed until the server says `ready`. This is
done twice: with a hub address that refuses connections, and with one that never answers.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.shared.rows import Row, parser, show
from realtime.errors import SetupError
from realtime.load_test.machine import machine

ROOT = Path(__file__).resolve().parents[2]
READY_S = 10.0
GIVE_UP_S = 60.0


def clone(folder: Path) -> Path:
    """A clone of HEAD with its virtual environment, as after the installation."""
    target = folder / "clone"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(target)], check=True)
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(target / ".venv")], check=True
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = target / ".venv" / "lib" / version / "site-packages"
    (site / "installed.pth").write_text(f"{target}\n{sysconfig.get_paths()['purelib']}\n")
    command = target / ".venv" / "bin" / "realtime"
    command.write_text(
        f"#!{target}/.venv/bin/python\n"
        "import sys\nfrom realtime.cli import main\n\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    (target / ".venv" / ".base").touch()
    return target


@contextmanager
def refusing() -> Iterator[int]:
    """A loopback port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def swallowing() -> Iterator[int]:
    """A loopback port whose accept queue is full: further connections are never answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            waiting.append(filler)
        yield listener.getsockname()[1]
        for filler in waiting:
            filler.close()


def seconds_to_ready(project: Path, hub_port: int, cache: Path) -> float:
    """Seconds from `make run` until its log says that it is ready. Raises SetupError where it never
    does."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STT_")}
    environment |= {"HF_ENDPOINT": f"http://127.0.0.1:{hub_port}", "HF_HOME": str(cache)}
    environment.pop("HF_HUB_OFFLINE", None)
    begun = time.monotonic()
    process = subprocess.Popen(
        ["make", "run", "ARGS=--port 0 --log-format json"],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    alarm = threading.Timer(GIVE_UP_S, os.killpg, (process.pid, signal.SIGKILL))
    alarm.start()
    said = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if '"event":"ready"' in line.replace(" ", ""):
                return time.monotonic() - begun
    finally:
        alarm.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
    raise SetupError("The server never said ready:\n" + "".join(said[-20:]))


def measure(repeats: int = 2) -> list[Row]:
    if shutil.which("make") is None or shutil.which("git") is None:
        raise SetupError("This needs git and make: apt install git make.")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        project = clone(Path(folder))
        for name, hub in (("refuses", refusing), ("never answers", swallowing)):
            with hub() as port:
                times = [
                    seconds_to_ready(project, port, Path(folder) / f"{hub.__name__}{i}")
                    for i in range(repeats)
                ]
            rows.append(
                Row(
                    "a",
                    f"`make run` in a fresh clone to `ready`, the hub {name}",
                    ", ".join(f"{one:.1f} s" for one in times),
                    f"<= {READY_S:g} s",
                    max(times) <= READY_S,
                )
            )
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--repeats", type=int, default=2, help="starts for each kind of hub")
    given = arguments.parse_args()
    print(machine())
    show(measure(given.repeats))


if __name__ == "__main__":
    main()
