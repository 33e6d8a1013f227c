"""The real server in a separate process, so that its time and memory are measured separately."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import psutil  # type: ignore[import-untyped]
import uvloop
from prometheus_client.parser import text_string_to_metric_families

from realtime import logs
from realtime.app.app import running
from realtime.backends.base import Backend
from realtime.settings import Settings
from realtime.weights.resolve import ResolvedModel

Load = Callable[[ResolvedModel, Settings], Backend]


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    url: str
    api: str
    """Address of the HTTP API; empty without one."""
    web: str
    """Address of the web page and its jobs; empty without them."""
    process: psutil.Process
    _pipe: Connection

    def cpu_s(self) -> float:
        """Processor time that the server has used, in seconds; the system's resolution is 10 ms."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss_bytes(self) -> int:
        return int(self.process.memory_info().rss)

    def cpu_by_thread(self) -> dict[str, float]:
        """Processor seconds by name of the Python thread; `native` sums up all other threads."""
        names: dict[int, str] = self._ask("threads")
        times: dict[str, float] = {}
        for thread in self.process.threads():
            name = names.get(thread.id, "native")
            times[name] = times.get(name, 0.0) + thread.user_time + thread.system_time
        return times

    def metric(self, name: str, **labels: str) -> float:
        """The value of a counter or gauge, or of a histogram's `_sum` or `_count`."""
        text: str = self._ask("metrics")
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == f"realtime_{name}" and labels.items() <= sample.labels.items():
                    return float(sample.value)
        return 0.0

    def ask(self, question: str) -> Any:
        """The reply of the `answers` function given to `served`."""
        return self._ask(question)

    def _ask(self, question: str) -> Any:
        self._pipe.send(question)
        return self._pipe.recv()


@contextmanager
def served(
    load: Load | None = None,
    answers: Callable[[str], Any] | None = None,
    **settings: Any,
) -> Iterator[Served]:
    """Serve on a free loopback port, with the bundled model unless `settings` name another.

    `load` makes another backend; `answers` replies in the server's process to `Served.ask`. Both
    must be module-level functions, since the process is spawned.
    """
    own = {"port": 0, "api_port": -1, "web_port": -1, "model": "bundled", "max_sessions": 10_000}
    values = {**own, **settings}
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_run, args=(theirs, values, load, answers), daemon=True)
    child.start()
    theirs.close()
    try:
        port, *others = ours.recv()
        api, web = (f"http://127.0.0.1:{other}" if other else "" for other in others)
        yield Served(f"ws://127.0.0.1:{port}", api, web, psutil.Process(child.pid), ours)
    finally:
        with contextlib.suppress(OSError):
            ours.send("stop")
        child.join(30)
        if child.is_alive():
            child.kill()


def _run(
    pipe: Connection,
    values: dict[str, Any],
    load: Load | None,
    answers: Callable[[str], Any] | None,
) -> None:
    logs.set_up("warning", "console")
    uvloop.run(_serve(pipe, values, load, answers))


async def _serve(
    pipe: Connection,
    values: dict[str, Any],
    load: Load | None,
    answers: Callable[[str], Any] | None,
) -> None:
    async with running(Settings(**values), load) as app:
        others = (app.api, app.web)
        pipe.send((app.server.port, *(part.port if part is not None else 0 for part in others)))
        loop = asyncio.get_running_loop()
        while True:
            question = await loop.run_in_executor(None, pipe.recv)
            if question == "stop":
                return
            if question == "threads":
                pipe.send({t.native_id: t.name for t in threading.enumerate()})
            elif question == "metrics":
                pipe.send(app.metrics.render().decode())
            elif answers is not None:
                pipe.send(answers(question))
