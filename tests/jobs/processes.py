"""Servers and workers as processes of their own, which tests can kill at any moment."""

from __future__ import annotations

import io
import signal
import sqlite3
import subprocess
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from realtime.types import SAMPLE_RATE
from realtime.weights.bundled import Sample
from tests.e2e.support import BIN, environment
from tests.jobs.servers import free_port
from tests.waiting import until

PATIENCE_S = 120.0
LEASE_S = 3.0
"""A worker renews its lease three times as often; on a loaded machine it may be late by two thirds
of this time."""


@dataclass
class Program:
    """A process that is started, killed and started again; it logs `ready` when it serves."""

    arguments: Sequence[str]
    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self, wait: bool = True) -> None:
        with self.log.open("ab") as out:
            out.write(b"---- start\n")
            self.process = subprocess.Popen(
                [BIN / "realtime", *self.arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.starts += 1
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        def ready() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            return b" ready " in self.log.read_bytes().rpartition(b"---- start\n")[2]

        until(ready, lambda: self.log.read_text()[-2000:])

    def kill(self) -> None:
        """kill -9; its decoder processes end by themselves."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE_S)

    def stop(self) -> int:
        """SIGTERM; → exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid


@dataclass
class House:
    """One folder of data, and the processes on it."""

    folder: Path
    redis_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    programs: list[Program] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def server(self) -> Program:
        return self._program("serve", "--port", "0", "--web-port", str(self.port))

    def worker(self) -> Program:
        return self._program("worker")

    def _program(self, *arguments: str) -> Program:
        name = f"{arguments[0]}-{len(self.programs)}.log"
        own = {"STT_DATA_DIR": str(self.folder), "STT_MODEL": "bundled"}
        own |= {"STT_QUEUE_URL": self.redis_url, "STT_JOB_LEASE_S": str(LEASE_S)}
        made = Program(arguments, self.folder / name, environment(**(own | self.settings)))
        self.programs.append(made)
        return made

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Read from the store itself, not from what a server reports."""
        path = f"file:{self.folder / 'jobs.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True, timeout=30)) as connection:
            return connection.execute(question, values).fetchall()

    def waiting(self) -> int:
        """How many jobs have not ended."""
        (count,) = self.ask("SELECT COUNT(*) FROM jobs WHERE status IN ('pending', 'processing')")
        return int(count[0])


@contextmanager
def house(folder: Path, redis_url: str = "", **settings: str) -> Iterator[House]:
    """Kills everything that was started, at the end."""
    made = House(folder, redis_url, settings)
    try:
        yield made
    finally:
        for program in made.programs:
            program.kill()


def repeated(sample: Sample, times: int) -> bytes:
    """A WAV file that repeats the recording this many times, with pauses."""
    pause = np.zeros(SAMPLE_RATE, np.float32)
    audio = np.concatenate([np.concatenate([sample.read(), pause]) for _ in range(times)])
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def submit(url: str, file_id: str, key: str, language: str, deadline_s: float = PATIENCE_S) -> str:
    """A job's id, however often the server dies meanwhile: the idempotency key makes it one job."""
    deadline = time.monotonic() + deadline_s
    while True:
        try:
            answer = httpx2.post(
                f"{url}/transcribe-async/",
                json={"file_id": file_id, "language": language},
                headers={"Idempotency-Key": key},
                timeout=30,
            )
            if answer.status_code == 200:
                return str(answer.json()["job_id"])
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, "the server takes no jobs"
        time.sleep(0.2)


def upload(url: str, name: str, data: bytes) -> str:
    """Returns the file_id."""
    answer = httpx2.post(f"{url}/upload/", files={"file": (name, data)}, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["file_id"])
