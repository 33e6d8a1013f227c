"""What programs look up and connect to beyond this machine, seen in their system calls by strace.

`python -m tests.guard COMMAND …` runs a command so, the whole test suite for instance, and fails
with a list of whatever it or its children spoke to: `make guarded`. Nothing is held back, and no
library is too deep to be seen: names are looked up and sockets connected in C as much as in Python.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

DNS = 53
TRACED = "connect,sendto,sendmsg,sendmmsg"
STRACE = (
    *("strace", "--follow-forks", "--quiet=all", "--seccomp-bpf", "--signal=none"),
    # Whole texts in hexadecimal: a question to a name server is at most 255 bytes and a header.
    *("--strings-in-hex=all", "--string-limit=300", f"--trace={TRACED}"),
)
LOOKED_UP = 1
"""Exit status of a guarded command that spoke to somebody, whatever its own."""
END = "the end"
"""What the guard writes behind strace's last line, so that its reader stops."""

_CALL = re.compile(
    r"(?P<process>\d+) +(?P<call>connect|sendto|sendmsg|sendmmsg)\((?P<socket>\d+), "
)
_ADDRESS = re.compile(
    r"sa_family=AF_INET6?, sin6?_port=htons\((?P<port>\d+)\), .*?"
    r'(?:inet_addr\(|inet_pton\(AF_INET6, )"(?P<address>[^"]*)"'
)
_PATH = re.compile(r'sa_family=AF_UNIX, sun_path=@?"(?P<path>[^"]*)"')
_SENT = re.compile(r'(?:iov_base=|\(\d+, )"(?P<bytes>[^"]*)"')
RESOLVERS = ("/run/systemd/resolve/", "/run/nscd/socket")
"""Sockets of services that look names up for others; glibc asks nscd in vain where none runs."""


def contacts(lines: Iterable[str]) -> list[str]:
    """What strace's lines say of the world outside: `192.0.2.1 port 443`, `the name example.org`.
    Each once, in order."""
    found: dict[str, None] = {}
    asking: set[tuple[str, str]] = set()
    """Process and socket of questions to a name server."""
    for line in lines:
        call = _CALL.match(line)
        if call is None:
            continue
        socket = (call["process"], call["socket"])
        path = _PATH.search(line)
        if path is not None and _text(path["path"]).startswith(RESOLVERS) and "= 0" in line:
            found[f"the resolver {_text(path['path'])}"] = None
        address = _ADDRESS.search(line)
        if address is not None and int(address["port"]) == DNS:
            asking.add(socket)
        elif address is not None:
            asking.discard(socket)
            if not _is_here(_text(address["address"])):
                found[f"{_text(address['address'])} port {address['port']}"] = None
        elif call["call"] == "connect":
            asking.discard(socket)
        if socket in asking and call["call"] != "connect":
            found |= {f"the name {_question(_bytes(sent))}": None for sent in _SENT.findall(line)}
    return list(found)


def _is_here(address: str) -> bool:
    """Loopback, written in any way; what is not specified is this machine too."""
    ip = ipaddress.ip_address(address)
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return any(each.is_loopback or each.is_unspecified for each in (mapped or ip, ip))


def _bytes(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal.replace("\\x", ""))


def _text(hexadecimal: str) -> str:
    return _bytes(hexadecimal).decode(errors="replace")


def _question(message: bytes) -> str:
    """The name that a message to a name server asks for (RFC 1035, 4.1): labels with their lengths
    behind a header of 12 bytes."""
    labels, at = list[str](), 12
    while at < len(message) and message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode(errors="replace"))
        at += 1 + message[at]
    return ".".join(labels) or "?"


@dataclass
class Guard:
    """Programs that are watched."""

    prefix: tuple[str, ...] = ()
    """In front of a command. Empty where this process is traced itself: strace traces its children
    too, and only one can trace a process."""
    contacts: list[str] = field(default_factory=list)
    """Of all that was watched; complete at the end of `guard()`."""

    def watched(self, *command: object) -> list[str]:
        """The command to start instead."""
        return [*self.prefix, *map(str, command)]

    def pid(self, process: subprocess.Popen[bytes]) -> int:
        """Of the program itself, to send it a signal, once it runs."""
        if not self.prefix:
            return process.pid
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        return int(children.read_text().split()[0])


@contextmanager
def guard() -> Iterator[Guard]:
    """A guard; all that it watches must have ended at the end of the block."""
    if is_traced():
        yield Guard()
        return
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "calls"
        os.mkfifo(pipe)
        # Opened for both, so that neither strace's start nor its end holds up the reader.
        with os.fdopen(os.open(pipe, os.O_RDWR), "rb") as calls:
            made, found = Guard((*STRACE, f"--output={pipe}")), list[str]()
            reading = threading.Thread(target=lambda: found.extend(contacts(_lines(calls))))
            reading.start()
            try:
                yield made
            finally:
                os.write(calls.fileno(), f"{END}\n".encode())
                reading.join()
                made.contacts.extend(found)


def _lines(calls: BinaryIO) -> Iterator[str]:
    while (line := calls.readline().decode(errors="replace").rstrip("\n")) != END:
        yield line


def is_traced() -> bool:
    """Whether somebody traces this process, and so whatever it starts."""
    return "TracerPid:\t0\n" not in Path("/proc/self/status").read_text()


def _can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(
        ["strace", "-qq", "-o/dev/null", "true"], capture_output=True, check=False
    )
    return done.returncode == 0


needs_guard = pytest.mark.skipif(
    not (is_traced() or _can_trace()),
    reason="needs strace, and to be allowed to trace: apt install strace",
)
"""For tests that ask for a guard."""


def main(command: Sequence[str]) -> int:
    """Run the command under guard; → its exit status, or `LOOKED_UP`."""
    with guard() as watching:
        if not watching.prefix:
            sys.exit("This process is traced already.")
        done = subprocess.run(watching.watched(*command), check=False)
    for contact in watching.contacts:
        sys.stderr.write(f"guard: spoke to {contact}\n")
    sys.stderr.write(f"guard: {len(watching.contacts)} places beyond this machine\n")
    return LOOKED_UP if watching.contacts else done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
