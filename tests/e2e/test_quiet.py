"""No command and no library looks up or connects to anything that the user did not request."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from realtime.cli import app
from realtime.quiet import SWITCHES, keep_quiet
from realtime.weights.bundled import bundled_dir
from realtime.weights.packed import pack
from tests.e2e.support import BIN, SAMPLES, environment
from tests.guard import Reader, guard, is_traced, needs_guard
from tests.serving import Served
from tests.waiting import until
from tests.weights.hub_server import serve as serve_hub
from tests.weights.index_server import pip_variables
from tests.weights.index_server import serve as serve_index

pytestmark = pytest.mark.slow

PATIENCE_S = 120.0
SAMPLE = SAMPLES["en-timer"].path
STARTED = "[info     ] ready "
"""Log line of commands that run until they are stopped."""
TINY = "Systran/faster-whisper-tiny"

COMMANDS: Mapping[str, Sequence[object]] = {
    "serve": ("--model", "bundled", "--port", 0, "--api-port", 0, "--web-port", 0),
    "worker": ("--model", "bundled"),
    "stream": (SAMPLE, "--url", "LIVE", "--pace", "fast"),
    "transcribe": ("--model", "bundled", "--diarize", "--speaker-model", "bundled", SAMPLE),
    "evaluate": ("CALLS", "--model", "bundled", "--html", "report.html"),
    "watch": ("CALLS", "--once", "--out", "watched", "--model", "bundled"),
    "mic": ("--model", "bundled", "--local"),
    "dictate": ("--to", "stdout", "--model", "bundled", "--local"),
    "devices": (),
    "load-test": ("--url", "API", "--total-requests", 2, "--warmup-requests", 1),
    "models list": (),
    "models download": ("tiny", "--yes"),
    "models remove": ("tiny", "--yes"),
    "models pack": (bundled_dir(), "packed"),
    "models unpack": ("PACKED",),
    "models inflate": ("micro", "tiny", "inflated"),
    "keys add": ("alice", "--keys-file", "keys.toml"),
    "keys list": (),
    "keys revoke": ("alice",),
    "doctor": (),
    "config show": (),
    "version": (),
}
"""Every command with arguments that make it do its work. LIVE and API: a server's addresses;
PACKED: a file with a model; CALLS: a folder of recordings and transcripts."""
RUN_UNTIL_STOPPED = ("serve", "worker")
OTHERS: Mapping[str, Sequence[object]] = {
    "on transformers": ("transcribe", "--backend", "transformers", "--model", "bundled", SAMPLE),
    "from the hub": ("transcribe", "--model", "tiny", SAMPLE),
    "from hub and index": ("transcribe", "--model", "auto", SAMPLE),
}


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    """Address of a hub on loopback, which has one small model."""
    with serve_hub() as hub:
        hub.repositories[TINY] = bundled_dir()
        yield hub.endpoint


@pytest.fixture(scope="module")
def index() -> Iterator[str]:
    """Address of an empty package index on loopback."""
    with serve_index() as index:
        yield index.url


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("packed") / "model"
    pack(bundled_dir(), "packed/micro", file)
    return file


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calls")
    shutil.copy(SAMPLE, folder / "call.wav")
    (folder / "call.txt").write_text(SAMPLES["en-timer"].text, encoding="utf-8")
    return folder


def variables(home: Path, hub: str, index: str) -> dict[str, str]:
    """Variables of a user of a fresh machine who has set none of the switches."""
    own = ("XDG_", "HF_", "LD_LIBRARY", "PYTHONDONTWRITE", "STT_MODEL_SOURCES", "PIP_")
    kept = environment(HOME=str(home), HF_ENDPOINT=hub, STT_DATA_DIR=str(home / "data"))
    kept = {
        name: value
        for name, value in kept.items()
        if name not in SWITCHES and (name == "HF_ENDPOINT" or not name.startswith(own))
    }
    # pip reports the version of Rust to an index; for that rustup needs its own home.
    rust = os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))
    return kept | pip_variables(index) | {"RUSTUP_HOME": rust}


def leaves(command: Any, name: str = "") -> Iterator[str]:
    """The names of all subcommands of a command."""
    commands = getattr(command, "commands", None)
    if commands is None:
        yield name
        return
    for part, child in commands.items():
        yield from leaves(child, f"{name} {part}".strip())


def test_every_command_is_watched() -> None:
    assert set(leaves(typer.main.get_command(app))) == set(COMMANDS)


@needs_guard
@pytest.mark.parametrize("name", [*COMMANDS, *OTHERS])
def test_a_command_contacts_no_host_unrequested(
    name: str,
    tmp_path: Path,
    hub: str,
    index: str,
    packed: Path,
    calls: Path,
    request: pytest.FixtureRequest,
) -> None:
    arguments = [*name.split(), *COMMANDS[name]] if name in COMMANDS else OTHERS[name]
    made = {"PACKED": packed, "CALLS": calls}
    arguments = [made.get(str(argument), argument) for argument in arguments]
    if {"LIVE", "API"} & set(arguments):
        api: Served = request.getfixturevalue("api")
        places = {"LIVE": api.url, "API": api.api}
        arguments = [places.get(str(argument), argument) for argument in arguments]
    home = tmp_path / "home"
    home.mkdir()
    log = tmp_path / "log"
    with guard() as watching, log.open("wb") as out:
        running = subprocess.Popen(
            watching.watched(BIN / "realtime", *arguments),
            env=variables(home, hub, index),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        with running:
            try:
                if name in RUN_UNTIL_STOPPED:
                    until_started(log, running)
                    os.kill(watching.pid(running), signal.SIGTERM)
                running.wait(PATIENCE_S)
            except BaseException:  # strace ends with what it watches, and the block with strace
                os.kill(watching.pid(running), signal.SIGKILL)
                raise
    assert "Traceback" not in log.read_text()
    assert watching.contacts == []
    left = {path.relative_to(home).parts[:2] for path in home.rglob("*") if path.is_file()}
    ours = {("data", path.name) for path in (home / "data").glob("*")}
    # Models go to the user's cache, and results of load tests to the user's state.
    assert left - ours <= {(".cache", "huggingface"), (".local", "state")}


def until_started(log: Path, running: subprocess.Popen[bytes]) -> None:
    def started() -> bool:
        assert running.poll() is None, log.read_text()
        return STARTED in log.read_text()

    until(started, log.read_text)


@needs_guard
@pytest.mark.skipif(is_traced(), reason="a guard stands around it that would tell of what it does")
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("socket.getaddrinfo('example.invalid', 443)", "the name example.invalid"),
        ("socket.create_connection(('192.0.2.1', 443), 0.01)", "192.0.2.1 port 443"),
        ("socket.socket(type=2).sendto(b'x', ('192.0.2.1', 9))", "192.0.2.1 port 9"),
    ],
)
def test_the_guard_reports_contacted_hosts(code: str, told: str) -> None:
    tried = f"import contextlib, socket\nwith contextlib.suppress(OSError): {code}"
    with guard() as watching:
        inner = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {tried!r}])"
        subprocess.run(watching.watched(sys.executable, "-c", inner), check=True)
    assert watching.contacts == [told]


def hexadecimal(text: str) -> str:
    return "".join(f"\\x{letter:02x}" for letter in text.encode())


def socket(kind: str, number: int = 3, thread: int = 7) -> str:
    return f"{thread} socket(AF_INET, {kind}|SOCK_CLOEXEC, IPPROTO_IP) = {number}"


def connected(address: str, port: int = 80, thread: int = 7) -> str:
    family = "6" if ":" in address else ""
    function = "inet_pton(AF_INET6, " if family else "inet_addr("
    return (
        f"{thread} connect(3, {{sa_family=AF_INET{family}, sin{family}_port=htons({port}), "
        f'sin{family}_addr={function}"{hexadecimal(address)}")}}, 16) = 0'
    )


def sent(text: str, number: int = 3, thread: int = 7) -> str:
    return f'{thread} sendto({number}, "{hexadecimal(text)}", 9, 0, NULL, 0) = 9'


def to_path(path: str, result: str) -> str:
    return f'7 connect(3, {{sa_family=AF_UNIX, sun_path="{hexadecimal(path)}"}}, 9) = {result}'


RESOLVER, OUTSIDE = "127.0.0.53", "192.0.2.1"
QUESTION = "header: 12 b\x02ab\x01c\0"
CLOSED = "7 close(3) = 0"
UNFINISHED = (
    "7 socket(AF_INET, SOCK_DGRAM, 0 <unfinished ...>",
    "7 <... socket resumed>) = 3",
)
DATAGRAMS, STREAM = "SOCK_DGRAM", "SOCK_STREAM"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([connected("127.0.0.1")], []),
        ([connected("0.0.0.0")], []),
        ([connected("::1")], []),
        ([connected("::ffff:127.0.0.2")], []),
        ([connected(OUTSIDE)], ["192.0.2.1 port 80"]),
        ([socket(STREAM), connected("2001:db8::1")], ["2001:db8::1 port 80"]),
        # Connecting a datagram socket only looks up the route, without sending anything.
        ([socket(DATAGRAMS), connected(OUTSIDE)], []),
        ([socket(DATAGRAMS), connected(OUTSIDE), sent("x")], ["192.0.2.1 port 80"]),
        ([socket(DATAGRAMS), connected(OUTSIDE), connected("127.0.0.1"), sent("x")], []),
        ([*UNFINISHED, connected(OUTSIDE)], []),
        ([socket(DATAGRAMS), connected(OUTSIDE), CLOSED, sent("x")], []),
        # Look-ups of names at any server, by any thread of the process (70 … 79 here).
        ([connected(RESOLVER, 53), sent(QUESTION)], ["the name ab.c"]),
        ([connected(RESOLVER, 53, 71), sent(QUESTION, thread=72)], ["the name ab.c"]),
        ([connected(RESOLVER, 53), sent(QUESTION, 4)], []),
        ([connected(RESOLVER, 53), connected("127.0.0.1"), sent(QUESTION)], []),
        ([connected(RESOLVER, 53), sent("no question, but bytes")], []),
        ([connected(RESOLVER, 53), socket(STREAM), sent(QUESTION)], []),
        ([to_path("/var/run/nscd/socket", "-1 ENOENT")], []),
        ([to_path("/run/systemd/resolve/io", "0")], ["the resolver /run/systemd/resolve/io"]),
        (["7 +++ exited with 0 +++"], []),
    ],
)
def test_the_guard_parses_system_calls(lines: list[str], told: list[str]) -> None:
    reader = Reader(lambda thread: thread[0])
    for line in lines:
        reader.read(line)
    assert list(reader.contacts) == told


def test_variables_that_the_user_set_are_kept() -> None:
    environment = {"ORT_DISABLE_TELEMETRY": "0", "DO_NOT_TRACK": ""}
    keep_quiet(environment)
    assert environment == {**SWITCHES, "ORT_DISABLE_TELEMETRY": "0"}
    assert all(os.environ[name] for name in SWITCHES), "set when the package was imported"
