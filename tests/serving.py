"""The real server, in a thread of the test's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import uvloop

from realtime.app import App
from realtime.app.backends import load_faster_whisper
from realtime.backends.base import Backend
from realtime.server.wrong_keys import USUAL_LIMITS, WrongKeyLimits
from realtime.settings import Settings
from realtime.types import Hypothesis, Window
from realtime.weights.resolve import ResolvedModel
from tests.wrapped_backend import WrappedBackend

PATIENCE_S = 120.0


@dataclass(frozen=True)
class Served:
    """A running server."""

    app: App
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.app.server.port}"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.app.server.port}"

    @property
    def page(self) -> str:
        """The web page's address."""
        assert self.app.web is not None, "web_port was -1"
        return f"http://localhost:{self.app.web.port}"

    @property
    def api(self) -> str:
        """The HTTP API's address."""
        assert self.app.api is not None, "api_port was -1"
        return f"http://127.0.0.1:{self.app.api.port}"

    def drain(self) -> None:
        """What SIGTERM does; returns when it is done."""
        asyncio.run_coroutine_threadsafe(self.app.drain(), self.loop).result(60)

    def metric(self, name: str, **labels: str) -> float:
        """The value of a counter or gauge."""
        return self.app.metrics.registry.get_sample_value(f"realtime_{name}", labels) or 0.0


class HeldModel:
    """The bundled model, which a test may hold: what is to be seen while it works can be seen on
    the fastest machine too."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        """A call came since it is held."""
        self.passes = threading.Semaphore(0)
        """So many calls are not held."""
        self._go = threading.Event()
        self._go.set()

    def load(self, resolved: ResolvedModel, settings: Settings) -> Backend:
        """For `serving`."""
        return HeldBackend(load_faster_whisper(resolved, settings), self)

    def wait(self) -> None:
        """Return when a call may go on."""
        if not self._go.is_set() and not self.passes.acquire(blocking=False):
            self.begun.set()
            assert self._go.wait(PATIENCE_S)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Every call waits, until the end or `let_go`."""
        self.begun.clear()
        self._go.clear()
        try:
            yield
        finally:
            self.let_go()

    def let_go(self) -> None:
        self._go.set()


class HeldBackend(WrappedBackend):
    """Decodes when `HeldModel` lets it."""

    def __init__(self, inner: Backend, holder: HeldModel) -> None:
        super().__init__(inner)
        self._holder = holder

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        self._holder.wait()
        return self.inner.decode(windows)


@contextmanager
def serving(
    settings: Settings | None = None,
    load: Callable[[ResolvedModel, Settings], Backend] | None = None,
    early: threading.Event | None = None,
    wrong_keys: WrongKeyLimits = USUAL_LIMITS,
) -> Iterator[Served]:
    """The real server on a free port: the bundled model, or the backend that `load` makes.

    `early` is set by `load`: the server is given out from then on, while its model still loads.

    Unless `settings` say otherwise, without the HTTP API and the web page, and with room for any
    number of streams: how many the model keeps up with depends on what else this machine does.
    Speakers are told apart by the bundled network, for which the recordings are made.
    """
    chosen = settings or Settings(port=0, model="bundled")
    ours = {"api_port": -1, "web_port": -1, "max_sessions": 10_000, "speaker_model": "bundled"}
    chosen = chosen.model_copy(
        update={name: value for name, value in ours.items() if name not in chosen.model_fields_set}
    )
    started: threading.Event = threading.Event()
    found: list[Served] = []
    failures: list[BaseException] = []
    stop: list[Callable[[], object]] = []

    async def run() -> None:
        app, loop, done = App(chosen, load, wrong_keys), asyncio.get_running_loop(), asyncio.Event()
        starting = loop.create_task(app.start())
        try:
            await (starting if early is None else loop.run_in_executor(None, early.wait))
            stop.append(lambda: loop.call_soon_threadsafe(done.set))
            found.append(Served(app, loop))
            started.set()
            await done.wait()
            await starting
        finally:
            await app.stop()

    def work() -> None:
        try:
            uvloop.run(run())
        except BaseException as error:  # handed to the test's thread
            failures.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=work, name="server-under-test", daemon=True)
    thread.start()
    started.wait()
    if failures:
        raise failures[0]
    try:
        yield found[0]
    finally:
        stop[0]()
        thread.join(60)
    assert not failures, failures
