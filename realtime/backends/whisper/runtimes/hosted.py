"""Runs a Whisper model in a process of its own.

torch and its dependencies take 300 MB, which no `del` frees, and keep the interpreter busy for
seconds; when the process ends, all its memory is free again. Their import does not block the event
loop, and if the system kills the model for memory, the streams survive. A call must copy its audio:
1 ms for 30 s.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from typing import Any

import structlog
import tokenizers

from realtime.backends.base import BackendInfo
from realtime.backends.whisper.grouping import CallKey, Grouping
from realtime.backends.whisper.surface import CallCapacity, WhisperSurface
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.traits import WhisperTraits
from realtime.errors import DecodeFailed, LoadFailed, ModelEnded, RealtimeError
from realtime.types import Hypothesis, Window

log = structlog.get_logger(__name__)

END_S = 10.0
"""A process that does not end by itself is killed after this time."""

LOAD_LIMIT_S = 600.0
"""large-v3 in float32 is 6 GB: a minute and a half from a slow disk, which may be busy. A load that
takes much longer never ends."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the other process creates the backend."""

    target: str
    """`module:class`, of a `WhisperBackend`."""
    arguments: Mapping[str, Any]
    """Keyword arguments; must be picklable."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The other process's message after loading: everything that is needed without the weights."""

    info: BackendInfo
    traits: WhisperTraits
    capacity: CallCapacity
    n_mels: int
    multilingual: bool
    tokenizer: str
    """As JSON."""
    costs: tuple[tuple[CallKey, float], ...]
    """Seconds that calls with one window took while it warmed up."""


class HostedBackend(WhisperSurface):
    """A `Backend`. Threads that call `decode` at once wait for each other."""

    def __init__(self, recipe: Recipe, load_limit_s: float = LOAD_LIMIT_S) -> None:
        """Start the process and wait for the model. Raises what loading raises, and LoadFailed
        where it takes longer than `load_limit_s`."""
        self._recipe = recipe
        self._load_limit_s = load_limit_s
        self._lock = threading.Lock()
        self._closed = False
        hello = self._start()
        vocabulary = Vocabulary(tokenizers.Tokenizer.from_str(hello.tokenizer), hello.multilingual)
        grouping = Grouping(hello.traits, hello.n_mels, vocabulary)
        super().__init__(hello.info, hello.traits, hello.capacity, grouping)
        for key, seconds in hello.costs:
            self._costs.observe(key.kind, key.frames, 1, seconds)

    @property
    def pid(self) -> int:
        """ID of the process."""
        return self._process.pid

    @property
    def lost(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        self._process.kill()  # a caller that waits for its answer reads the end of the pipe

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Raises what the model raises, and ModelEnded where its process is gone."""
        with self._lock:
            if self._closed:
                raise DecodeFailed("The model was closed while this audio waited; send it again.")
            if self.lost:
                raise self._ended(tried=False)
            started = time.perf_counter()
            try:
                self._pipe.send(list(windows))
                answer = self._pipe.recv()
            except (EOFError, OSError) as error:
                raise self._ended(tried=True) from error
            taken_s = time.perf_counter() - started
        if isinstance(answer, Exception):
            raise answer
        self._learn(windows, taken_s)
        hypotheses: list[Hypothesis] = answer
        return hypotheses

    def close(self) -> None:
        """End the process; all its memory is free when this returns."""
        with self._lock:
            self._closed = True
            self._stop()

    def _ended(self, *, tried: bool) -> ModelEnded:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        cause = _cause(self._process.poll())
        self._process.kill()  # a process that closed the pipe but lives on is of no use either
        return ModelEnded(
            f"The model's process ended ({cause}): send the audio again.", tried=tried
        )

    def _learn(self, windows: Sequence[Window], taken_s: float) -> None:
        key = max((self.group_key(window.shape) for window in windows), key=lambda k: k.frames)
        self._costs.observe(key.kind, key.frames, len(windows), taken_s)

    def _start(self) -> Hello:
        self._pipe, theirs = Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "realtime.backends.whisper.runtimes.host", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=2,  # what libraries print goes to standard error
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )
        theirs.close()
        try:
            self._pipe.send(self._recipe)
            if not self._pipe.poll(self._load_limit_s):
                self._process.kill()
                self._stop()
                raise LoadFailed(
                    f"The model did not load within {self._load_limit_s:.0f} s: check whether "
                    "the disk or the device is slow, or use a smaller model."
                )
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._stop()
            ended = self._process.returncode
            raise LoadFailed(
                f"The model's process ended while it loaded ({_cause(ended)}); its last messages "
                "are on the standard error output."
            ) from error
        if isinstance(answer, Exception):
            self._stop()
            raise answer
        hello: Hello = answer
        return hello

    def _stop(self) -> None:
        self._pipe.close()  # the process reads the end of the pipe, and ends
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def hello_of(backend: Any) -> Hello:
    """The message about a loaded `WhisperBackend`; called in the model's process."""
    return Hello(
        info=backend.info,
        traits=backend.traits,
        capacity=backend.capacity,
        n_mels=backend.grouping.n_mels,
        multilingual=backend.vocabulary.multilingual,
        tokenizer=backend.vocabulary.tokenizer.to_str(),
        costs=tuple(backend.measured()),
    )


def answer_of(backend: Any, windows: Sequence[Window]) -> list[Hypothesis] | Exception:
    """The hypotheses, or the exception that decoding raised, which the other side raises again."""
    try:
        hypotheses: list[Hypothesis] = backend.decode(windows)
    except (RealtimeError, ValueError, RuntimeError, MemoryError, IndexError) as error:
        return error
    return hypotheses


def connection(fileno: int) -> Connection:
    """The pipe that the parent process left open."""
    return Connection(fileno)


def _cause(returncode: int | None) -> str:
    if returncode is None:
        return "it hung up"
    if returncode == -9:
        return "killed, most likely because memory ran out"
    return f"signal {-returncode}" if returncode < 0 else f"exit status {returncode}"
