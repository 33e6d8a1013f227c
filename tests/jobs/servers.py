"""Real PostgreSQL and Redis servers on free ports, started by the tests themselves.

They run in a temporary folder and end with the test's process. Where the Debian packages are not
installed, tests that need them are skipped with a message.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

PATIENCE_S = 60.0
POSTGRES_ACCOUNT = "nobody"
"""PostgreSQL refuses to run as root."""


def free_port() -> int:
    """A loopback port on which nobody listens, reserved meanwhile.

    The bound socket stays open without listening: Linux then gives the port to no other program,
    but lets one listen on it that sets SO_REUSEADDR, as servers do.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    atexit.register(kept.close)
    return int(kept.getsockname()[1])


def postgres_programs() -> Path | None:
    """The folder where Debian installs `initdb` and `postgres`; None where they are not
    installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    return Path(program).parent if program else None


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a running server. Skips where it is not installed."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is NOT TESTED: apt-get install postgresql")
    # Not below pytest's own folder: another account must be able to reach it.
    home = Path(tempfile.mkdtemp(prefix="realtime-postgres-"))
    account = POSTGRES_ACCOUNT if os.geteuid() == 0 else None
    if account:
        shutil.chown(home, account)
    data, port = home / "data", free_port()
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "jobs", "-A", "trust", "-N", "-E", "UTF8"],
            check=True, capture_output=True, cwd=home, user=account,
        )  # fmt: skip
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", home],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home, user=account,
        )  # fmt: skip
        try:
            url = f"postgresql://jobs@127.0.0.1:{port}/postgres"
            _until_postgres_answers(url, server)
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown cuts connections
            server.wait(PATIENCE_S)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _until_postgres_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            assert server.poll() is None, "postgres ended"
            assert time.monotonic() < deadline, "postgres does not answer"
            time.sleep(0.05)


class Redis:
    """A server that can be killed and started again on the same port with the same files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Configured as documented for jobs: with an append-only file."""
        arguments: Sequence[str] = (
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)),
            *("--appendonly", "yes", "--save", "", "--loglevel", "warning"),
        )
        self._process = subprocess.Popen(
            ["redis-server", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with redis.Redis(port=self.port) as client:
                    client.ping()
                return
            except redis.ConnectionError:  # while it loads, it answers with a subclass of it
                assert self._process.poll() is None, "redis-server ended"
                assert time.monotonic() < deadline, "redis-server does not answer"
                time.sleep(0.02)

    def empty(self) -> None:
        """Delete everything."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)


@contextmanager
def redis_server() -> Iterator[Redis]:
    """A running server. Skips where it is not installed."""
    if shutil.which("redis-server") is None:
        pytest.skip("Redis and Celery are NOT TESTED: apt-get install redis-server")
    with tempfile.TemporaryDirectory(prefix="realtime-redis-") as folder:
        server = Redis(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
