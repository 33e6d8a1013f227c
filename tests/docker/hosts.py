"""Hosts simulated by network namespaces: each has its own addresses and ports, and all are on one
network, like containers. The network is invisible from outside.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.guard import PLAYED

ENTER = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'


@dataclass
class Network:
    """A bridge and the hosts on it, by name."""

    prefix: str
    """Prefix of the namespaces' names, which keeps concurrent test runs separate."""
    hosts_file: Path
    addresses: dict[str, str] = field(default_factory=dict)

    def namespace(self, name: str) -> str:
        return f"{self.prefix}{list(self.addresses).index(name)}"

    def command(self, host: str, command: Sequence[str | Path]) -> list[str]:
        """The arguments that run `command` on a host: in its namespace, with its file of hosts."""
        return [
            *("ip", "netns", "exec", self.namespace(host), "unshare", "--mount"),
            *("sh", "-c", ENTER, "sh", str(self.hosts_file), *map(str, command)),
        ]

    def run(
        self, host: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None
    ) -> str:
        """Run a command that must succeed; → its standard output."""
        done = subprocess.run(
            self.command(host, command), env=env, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    @contextmanager
    def running(
        self, host: str, command: Sequence[str | Path], log: Path, **options: Any
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command on a host while the context lasts; its output goes to `log`."""
        with log.open("ab") as out:
            process = subprocess.Popen(
                self.command(host, command), stdout=out, stderr=out, **options
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)


@contextmanager
def network(folder: Path, names: Sequence[str]) -> Iterator[Network]:
    """A network with a host for each of `names`. Skips where this process cannot create one."""
    if os.geteuid() != 0 or shutil.which("ip") is None or shutil.which("unshare") is None:
        pytest.skip("services on hosts of their own are NOT TESTED: needs root, iproute2, unshare")
    made = Network(f"rt{os.getpid()}-", folder / "hosts")
    made.addresses = {
        name: str(address) for name, address in zip(names, PLAYED.hosts(), strict=False)
    }
    lines = [f"{address} {name}" for name, address in made.addresses.items()]
    made.hosts_file.write_text("\n".join(["127.0.0.1 localhost", *lines, ""]), encoding="utf-8")
    middle = f"{made.prefix}m"
    with ExitStack() as stack:
        for namespace in (middle, *(made.namespace(name) for name in names)):
            if subprocess.run(["ip", "netns", "add", namespace], check=False).returncode:
                pytest.skip("services on hosts of their own are NOT TESTED: no network namespaces")
            stack.callback(_ip, "netns", "del", namespace)
        _ip("-n", middle, "link", "add", "bridge", "type", "bridge")
        _ip("-n", middle, "link", "set", "bridge", "up")
        for number, (name, address) in enumerate(made.addresses.items()):
            own = made.namespace(name)
            _ip(
                *("-n", middle, "link", "add", f"port{number}", "type", "veth"),
                *("peer", "name", "eth0", "netns", own),
            )
            _ip("-n", middle, "link", "set", f"port{number}", "master", "bridge", "up")
            _ip("-n", own, "address", "add", f"{address}/{PLAYED.prefixlen}", "dev", "eth0")
            _ip("-n", own, "link", "set", "eth0", "up")
            _ip("-n", own, "link", "set", "lo", "up")
        yield made


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
