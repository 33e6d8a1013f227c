"""Which hosts beyond this machine programs contact, observed in their system calls by strace.

`python -m tests.guard COMMAND …` runs a command under guard, for instance the whole test suite,
and fails with a list of the hosts that it or its children contacted: `make guarded`. Nothing is
blocked. Look-ups and connections are seen whether they come from Python or from a library in C.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import BinaryIO

import pytest

DNS = 53
PLAYED = ipaddress.IPv4Network("10.203.0.0/24")
"""Addresses of simulated hosts, in network namespaces without a route to the outside."""
TRACED = "socket,connect,sendto,sendmsg,sendmmsg,close"
STRACE = (
    *("strace", "--follow-forks", "--quiet=all", "--seccomp-bpf", "--signal=none"),
    # Complete strings in hexadecimal: a DNS query is at most 255 bytes and a header.
    *("--strings-in-hex=all", "--string-limit=300", f"--trace={TRACED}"),
)
LOOKED_UP = 1
"""Exit status when the guarded command contacted a host, whatever its own exit status was."""
END = "the end"
"""The line that the guard writes after strace's last one to stop the reader."""

_CALL = re.compile(r"(?P<thread>\d+) +(?P<call>connect|sendto|sendmsg|sendmmsg)\((?P<socket>\d+), ")
_MADE = re.compile(r"(?P<thread>\d+) +socket\(\w+, (?P<kind>SOCK_\w+).*?(?:= (?P<socket>\d+))?$")
_MADE_LATER = re.compile(r"(?P<thread>\d+) +<\.\.\. socket resumed>.*= (?P<socket>\d+)$")
_CLOSED = re.compile(r"(?P<thread>\d+) +close\((?P<socket>\d+)")
_ADDRESS = re.compile(
    r"sa_family=AF_INET6?, sin6?_port=htons\((?P<port>\d+)\), .*?"
    r'(?:inet_addr\(|inet_pton\(AF_INET6, )"(?P<address>[^"]*)"'
)
_PATH = re.compile(r'sa_family=AF_UNIX, sun_path=@?"(?P<path>[^"]*)"')
_SENT = re.compile(r'(?:iov_base=|\(\d+, )"(?P<bytes>[^"]*)"')
_LABEL = re.compile(rb"[A-Za-z0-9_-]{1,63}")
RESOLVERS = ("/run/systemd/resolve/", "/run/nscd/socket")
"""Sockets of services that resolve names for others; glibc tries nscd even where none runs."""


@dataclass(slots=True)
class _Socket:
    """State of one socket."""

    datagrams: bool = False
    """Datagram socket, whose `connect` sends nothing: Chromium and glibc use it to find a route."""
    peer: str = ""
    """Address beyond this machine to which it is connected without having sent anything yet."""
    asks: bool = False
    """It is connected to a name server, which may be on this machine."""


class Reader:
    """Parses the output of strace."""

    def __init__(self, process_of: Callable[[str], str] = str) -> None:
        """`process_of` maps a thread id to the id of its process."""
        self.contacts: dict[str, None] = {}
        """Contacted hosts in order, each once: `192.0.2.1 port 443`, `the name example.org`."""
        self._process_of = process_of
        self._sockets: dict[tuple[str, str], _Socket] = {}
        self._kinds: dict[str, str] = {}
        """Thread id → kind of the socket that the thread is creating."""

    def read(self, line: str) -> None:
        """Process the next line."""
        if made := _MADE.match(line):
            self._kinds[made["thread"]] = made["kind"]
            if made["socket"]:
                self._made(made["thread"], made["socket"])
        elif made := _MADE_LATER.match(line):
            self._made(made["thread"], made["socket"])
        elif closed := _CLOSED.match(line):
            # The number may be reused, for files or for sockets that `socket` did not create.
            self._sockets.pop((self._process_of(closed["thread"]), closed["socket"]), None)
        elif call := _CALL.match(line):
            key = (self._process_of(call["thread"]), call["socket"])
            socket = self._sockets.setdefault(key, _Socket())
            if call["call"] == "connect":
                self._connect(socket, line)
            else:
                self._send(socket, line)

    def _made(self, thread: str, socket: str) -> None:
        kind = self._kinds.pop(thread, "")
        self._sockets[self._process_of(thread), socket] = _Socket(kind == "SOCK_DGRAM")

    def _connect(self, socket: _Socket, line: str) -> None:
        socket.peer, socket.asks = "", False
        path, address = _PATH.search(line), _ADDRESS.search(line)
        if path is not None and _text(path["path"]).startswith(RESOLVERS) and "= 0" in line:
            self.contacts[f"the resolver {_text(path['path'])}"] = None
        elif address is not None and int(address["port"]) == DNS:
            socket.asks = True
        elif address is not None and not _is_here(_text(address["address"])):
            if socket.datagrams:
                socket.peer = _named(address)
            else:
                self.contacts[_named(address)] = None

    def _send(self, socket: _Socket, line: str) -> None:
        address = _ADDRESS.search(line)
        asks = socket.asks if address is None else int(address["port"]) == DNS
        if asks:
            questions = map(_question, map(_bytes, _SENT.findall(line)))
            self.contacts |= {f"the name {name}": None for name in questions if name}
        elif address is not None and not _is_here(_text(address["address"])):
            self.contacts[_named(address)] = None
        elif address is None and socket.peer:
            self.contacts[socket.peer] = None


def _named(address: re.Match[str]) -> str:
    return f"{_text(address['address'])} port {address['port']}"


def _is_here(address: str) -> bool:
    """Whether the address is on this machine: any notation of loopback, unspecified, simulated."""
    ip = ipaddress.ip_address(address)
    if ip in PLAYED:
        return True
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return any(each.is_loopback or each.is_unspecified for each in (mapped or ip, ip))


def _bytes(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal.replace("\\x", ""))


def _text(hexadecimal: str) -> str:
    return _bytes(hexadecimal).decode(errors="replace")


def _question(message: bytes) -> str:
    """The name that a DNS query asks for (RFC 1035, 4.1): labels with their lengths, behind a
    header of 12 bytes. "" if the message is not a query."""
    labels, at = list[bytes](), 12
    while at < len(message) and message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]])
        at += 1 + message[at]
    good = labels and all(_LABEL.fullmatch(label) for label in labels)
    return b".".join(labels).decode() if good else ""


@dataclass
class Guard:
    """Starts programs under strace and lists the hosts that they contacted."""

    prefix: tuple[str, ...] = ()
    """Goes in front of a command. Empty if this process is traced itself: strace then traces its
    children too, and a process can have only one tracer."""
    contacts: list[str] = field(default_factory=list)
    """Hosts that the programs contacted; complete when `guard()` has ended."""

    def watched(self, *command: object) -> list[str]:
        """The command line that runs `command` under guard."""
        return [*self.prefix, *map(str, command)]

    def pid(self, process: subprocess.Popen[bytes]) -> int:
        """The id of the program itself, for sending it a signal; the program must be running."""
        if not self.prefix:
            return process.pid
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        return int(children.read_text().split()[0])


@contextmanager
def guard() -> Iterator[Guard]:
    """Yield a guard; all programs under it must have ended when the block ends."""
    if is_traced():
        yield Guard()
        return
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "calls"
        os.mkfifo(pipe)
        # Open for reading and writing, so that the reader does not block before strace starts or
        # after it ends.
        with os.fdopen(os.open(pipe, os.O_RDWR), "rb") as calls:
            made, reader = Guard((*STRACE, f"--output={pipe}")), Reader(cache(_process_of))
            reading = threading.Thread(target=_read, args=(calls, reader))
            reading.start()
            try:
                yield made
            finally:
                os.write(calls.fileno(), f"{END}\n".encode())
                reading.join()
                made.contacts.extend(reader.contacts)


def _read(calls: BinaryIO, reader: Reader) -> None:
    while (line := calls.readline().decode(errors="replace").rstrip("\n")) != END:
        reader.read(line)


def _process_of(thread: str) -> str:
    """The id of a thread's process, or the thread's own id if it has ended."""
    try:
        status = Path(f"/proc/{thread}/status").read_text()
    except OSError:
        return thread
    return next(line.split()[1] for line in status.splitlines() if line.startswith("Tgid:"))


def is_traced() -> bool:
    """Whether this process, and so every child, is being traced."""
    return "TracerPid:\t0\n" not in Path("/proc/self/status").read_text()


def fetching(what: str) -> None:
    """Skip a test that downloads `what` once if a guard would report the download."""
    if is_traced():
        pytest.skip(f"fetches {what}, which a guard would tell of: run this test without one once")


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
"""Marks tests that use a guard."""


def main(command: Sequence[str]) -> int:
    """Run the command under guard; return its exit status, or `LOOKED_UP`."""
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
