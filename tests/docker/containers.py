"""Images built by buildah and run by runc on this machine's network, without a daemon.

Images are built in a separate storage, which is deleted at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.readme import ROOT

NEEDED = ("buildah", "debootstrap", "runc")
WANTED = "BUILD_IMAGES"
"""Variable to set for building images: it takes minutes, and gigabytes of temporary files."""
BUILD_S = 1800
CERTIFICATES = Path("/usr/local/share/ca-certificates")
"""Certificates that this machine's network may require; part of the base image."""


@dataclass
class Built:
    """An unpacked image."""

    root: Path
    config: dict[str, Any]
    """Configuration with Docker's keys: `Env`, `Cmd`, `User` …"""
    base_bytes: int
    """Bytes of the files of the base image."""


@dataclass
class Store:
    """buildah with a separate storage."""

    folder: Path
    base_bytes: int
    """Bytes of the files of the base image."""

    def __call__(self, *arguments: str | Path, **options: Any) -> str:
        done = subprocess.run(
            [
                *("buildah", "--storage-driver", "vfs"),
                *("--root", self.folder / "store", "--runroot", self.folder / "run", *arguments),
            ],
            check=False, capture_output=True, text=True, timeout=BUILD_S, **options,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        said: str = done.stdout
        return said.strip()


@contextmanager
def with_base(folder: Path) -> Iterator[Store]:
    """A storage below `folder` with the base image. Skips where images cannot be built, or `WANTED`
    is not set."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"images are NOT TESTED: root and {', '.join(missing or NEEDED)} are needed")
    if not os.environ.get(WANTED):
        pytest.skip(f"images are NOT TESTED: they take minutes, see `make image` ({WANTED}=1)")
    base = folder / "base"
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", base],
        check=True, stdout=subprocess.DEVNULL, timeout=BUILD_S,
    )  # fmt: skip
    shutil.copytree(CERTIFICATES, base / str(CERTIFICATES)[1:], dirs_exist_ok=True)
    for command in ("update-ca-certificates", "apt-get clean"):
        subprocess.run(["chroot", base, *command.split()], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(base / "var/lib/apt/lists")
    store = Store(folder, base_bytes=size(base))
    container = store("from", "scratch")
    store("copy", container, base, "/")
    store("commit", "--rm", container, "localhost/base")
    shutil.rmtree(base)
    try:
        yield store
    finally:
        store("rm", "--all")
        store("rmi", "--all", "--force")


@contextmanager
def built(store: Store, target: str, *arguments: str) -> Iterator[Built]:
    """Build the image of a target; it stays unpacked inside the context."""
    tag = f"localhost/{target}"
    store(
        *("bud", "--isolation", "chroot", "--format", "docker", "--layers=false"),
        *("--build-arg", "BASE=localhost/base", "--file", "docker/Dockerfile"),
        *("--target", target, "--tag", tag, *arguments, "."),
        cwd=ROOT,
    )
    config = json.loads(store("inspect", "--type", "image", tag))["Docker"]["config"]
    container = store("from", tag)
    try:
        yield Built(Path(store("mount", container)), config, store.base_bytes)
    finally:
        store("umount", container)


def size(folder: Path) -> int:
    """Bytes of the files below `folder`."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


@dataclass
class Container:
    """A container: read-only image, /tmp in memory, and no privileges beyond its user's."""

    image: Built
    folder: Path
    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, Path] = field(default_factory=dict)
    user: tuple[int, int] = (1000, 0)
    command: Sequence[str] = ()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the container; `runc` ends with the exit code of its command."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "config.json").write_text(json.dumps(self._bundle()))
        with ExitStack() as stack:
            out = stack.enter_context((self.folder / "log").open("wb"))
            process = subprocess.Popen(
                ["runc", "run", "--bundle", self.folder, self.name], stdout=out, stderr=out,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                yield process
            finally:
                if process.poll() is None:
                    self.kill("KILL")
                    process.wait(60)

    def kill(self, signal: str) -> None:
        subprocess.run(["runc", "kill", self.name, signal], check=True)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside, like `docker exec` or a health check."""
        return subprocess.run(
            ["runc", "exec", self.name, *command], capture_output=True, text=True, check=False
        )

    def _bundle(self) -> dict[str, Any]:
        config = self.image.config
        environment = dict(item.split("=", 1) for item in config["Env"]) | dict(self.environment)
        user, group = self.user
        none: list[str] = []
        kinds = ("bounding", "effective", "inheritable", "permitted", "ambient")
        return {
            "ociVersion": "1.0.0",
            "hostname": self.name,
            "root": {"path": str(self.image.root), "readonly": True},
            "process": {
                "user": {"uid": user, "gid": group},
                "args": [*config["Entrypoint"], *(self.command or config["Cmd"])],
                "env": [f"{name}={value}" for name, value in environment.items()],
                "cwd": config["WorkingDir"],
                "noNewPrivileges": True,
                "capabilities": dict.fromkeys(kinds, none),
            },
            "mounts": [
                _mount("/proc", "proc"),
                _mount("/dev", "tmpfs", "mode=755"),
                _mount("/dev/shm", "tmpfs"),
                _mount("/tmp", "tmpfs", "mode=1777"),
                *(
                    {"destination": place, "source": str(path), "options": ["rbind"]}
                    for place, path in self.volumes.items()
                ),
            ],
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]},
        }


def _mount(place: str, kind: str, *options: str) -> dict[str, Any]:
    return {"destination": place, "type": kind, "source": kind, "options": list(options)}
