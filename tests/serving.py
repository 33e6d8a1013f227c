"""The real server, in a thread of the test process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import uvloop

from realtime.app.app import App
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
        """Drain as on SIGTERM; return when that is done."""
        asyncio.run_coroutine_threadsafe(self.app.drain(), self.loop).result(60)

    def metric(self, name: str, **labels: str) -> float:
        """The value of a counter or gauge."""
        return self.app.metrics.registry.get_sample_value(f"realtime_{name}", labels) or 0.0


class HeldModel:
    """The bundled model, whose calls a test can hold up: the state of the server while the model
    works can then be observed on the fastest machine too."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        """Set when a call arrived while calls are held."""
        self.passes = threading.Semaphore(0)
        """The number of calls that may pass while calls are held."""
        self._go = threading.Event()
        self._go.set()

    def load(self, resolved: ResolvedModel, settings: Settings) -> Backend:
        """Value for the parameter `load` of `serving`."""
        return HeldBackend(load_faster_whisper(resolved, settings), self)

    def wait(self) -> None:
        """Block until this call may continue."""
        if not self._go.is_set() and not self.passes.acquire(blocking=False):
            self.begun.set()
            assert self._go.wait(PATIENCE_S)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold all calls until the end of the block or `let_go`."""
        self.begun.clear()
        self._go.clear()
        try:
            yield
        finally:
            self.let_go()

    def let_go(self) -> None:
        self._go.set()


class HeldBackend(WrappedBackend):
    """Decodes once `HeldModel` permits it."""

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
    """Run the real server on a free port: with the bundled model, or the backend that `load` makes.

    `early` is an event that `load` sets: the server is then yielded while its model still loads.

    Unless `settings` say otherwise, the HTTP API and the web page are off and any number of streams
    is admitted: how many the model can keep up with depends on the load of the machine. Speakers
    are distinguished by the bundled network, for which the recordings are made.
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
        except BaseException as error:  # raised in the test's thread
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
