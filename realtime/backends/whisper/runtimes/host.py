"""The process behind a `HostedBackend`: `python -m realtime.backends.whisper.runtimes.host FD`."""

from __future__ import annotations

import importlib
import signal
import sys
from typing import Any

from realtime.backends.whisper.runtimes.hosted import Recipe, answer_of, connection, hello_of
from realtime.errors import LoadFailed, RealtimeError


def main(fileno: int) -> None:
    """Load what the recipe describes, then decode windows until the other side closes the pipe."""
    # Ctrl-C reaches every process of the terminal; the server drains first, then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = connection(fileno)
    recipe: Recipe = pipe.recv()
    try:
        backend = _make(recipe)
    except RealtimeError as error:
        pipe.send(error)
        return
    pipe.send(hello_of(backend))
    while True:
        try:
            windows = pipe.recv()
        except EOFError:
            return
        pipe.send(answer_of(backend, windows))


def _make(recipe: Recipe) -> Any:
    module, _, name = recipe.target.partition(":")
    try:
        return getattr(importlib.import_module(module), name)(**recipe.arguments)
    except (ImportError, MemoryError, RuntimeError, ValueError, TypeError) as error:
        raise LoadFailed(f"The model could not be loaded: {error!r}.") from error


if __name__ == "__main__":
    main(int(sys.argv[1]))
