"""One model shared by all streams: loading, scheduling, supervision, replacement."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from realtime.backends.base import Backend, BackendInfo
from realtime.engine.awaiting import decode_window
from realtime.engine.calls import CallCounts
from realtime.engine.crew import WorkerPool
from realtime.engine.dispatcher import DecodeTask, Dispatcher
from realtime.engine.edge import attempt, tell
from realtime.engine.loaded import Loaded
from realtime.engine.options import EngineOptions, EngineStatus
from realtime.engine.queue import Request, RequestQueue
from realtime.engine.worker import HangLimit, WorkerContext
from realtime.errors import Conflict, DecodeFailed, Draining, LoadFailed, NotReady, RealtimeError
from realtime.metrics import Metrics
from realtime.traits import Traits
from realtime.types import (
    DecodeOptions,
    Hypothesis,
    Urgency,
    Window,
    WindowShape,
)

log = structlog.get_logger(__name__)


class Engine:
    """Takes the requests of all streams and answers them with hypotheses.

    `submit`, `cancel` and `status` may be called from any thread and never wait for the model. A
    worker's thread calls a request's callbacks and waits for them, so they must be cheap: hop to
    your own loop. A request is answered once (`done`, `failed` or `vanished`), or never if it was
    replaced while it waited, or cancelled.
    """

    def __init__(
        self,
        factory: Callable[[], Backend],
        options: EngineOptions | None = None,
        metrics: Metrics | None = None,
        self_test: Callable[[Backend], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        """`factory` loads the model, also after a worker hung. `self_test` raises LoadFailed if the
        model does not recognise speech. `clock`: monotonic seconds, as in requests. `idle` is
        called from the watchdog's thread whenever no call has run for `idle_s`."""
        self._factory = factory
        """Makes the backend that is in use."""
        self._options = options or EngineOptions()
        self._metrics = metrics or Metrics()
        self._self_test = self_test
        self._clock = clock
        self._idle = idle
        queue = RequestQueue(self._options.queue_limit, self._options.file_share)
        self._dispatcher = Dispatcher(queue, self._options.final_budget_s / 2, clock)
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        """Held while one backend replaces another."""
        self._loaded: Loaded | None = None
        self._crew = WorkerPool(self._worker_context())
        self._reload_at: float | None = None
        self._calls = CallCounts()
        self._restarts = 0
        self._stopping = threading.Event()
        self._watchdog: threading.Thread | None = None

    # ---- life

    def start(self) -> None:
        """Load and test the model and start the workers; blocks until that is done.

        Raises LoadFailed or SetupError, with a sentence that says what to do.
        """
        loaded = self._load(self._factory)
        with self._lock:
            self._loaded = loaded
        self._crew.staff(loaded.backend.workers, loaded.backend.file_workers)
        self._watchdog = threading.Thread(target=self._watch, name="engine-watchdog", daemon=True)
        self._watchdog.start()

    def reload(self, factory: Callable[[], Backend]) -> None:
        """Replace the backend; requests wait or run meanwhile, and none is lost.

        The old backend decodes until the new one is loaded and tested, so memory must hold both:
        else the new one fails to load and the old one stays. Blocks until the old one is closed.
        Raises Conflict while another reload runs, NotReady before `start` and after `stop`, and
        whatever loading raises.
        """
        if not self._loading.acquire(blocking=False):
            raise Conflict("Another reload is running: try again later.", retry_after_s=5.0)
        try:
            self._current()
            fresh = self._load(factory)
            self._factory = factory
            stale = self._adopt(fresh)
        finally:
            self._loading.release()
        if stale is not None and not stale.wait_closed(self._options.stop_timeout_s):
            log.warning("engine.old_backend_still_decoding")

    def stop(self) -> None:
        """Finish running requests, fail waiting ones with Draining, and free the memory."""
        self._stopping.set()
        self._dispatcher.close()
        if self._watchdog is not None:
            self._watchdog.join(self._options.stop_timeout_s)
        self._crew.stop(self._options.stop_timeout_s)
        self._crew.fail_orphans(Draining("The server stopped before this was decoded."))
        with self._lock:
            loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.retire()
        self._metrics.engine_ready.set(0)

    # ---- work

    def submit(self, request: Request) -> None:
        """Queue a request; never blocks.

        It replaces a waiting request of the same stream, whose callbacks are then never called, and
        waits while one of that stream runs. Where the queue is full, or after `stop`, this call
        itself calls `request.failed` with Overloaded or Draining.
        """
        self._dispatcher.submit(request)

    def cancel(self, stream: object) -> None:
        """Drop the stream's requests, even a running one: none is answered after this returns."""
        self._dispatcher.cancel(stream)

    async def decode(self, window: Window, urgency: Urgency = Urgency.FILE) -> Hypothesis:
        """Decode one window and wait for the hypothesis. Raises the engine's error if that fails.

        Cancelling the task drops the request.
        """
        now = self._clock()
        deadline = self.deadline(urgency, now)
        return await decode_window(self.submit, self.cancel, window, urgency, now, deadline)

    # ---- state

    def deadline(self, urgency: Urgency, now: float) -> float | None:
        """Deadline of a request that is made at `now`; None for an urgency without a deadline."""
        return now + self._options.final_budget_s if urgency is Urgency.FINAL else None

    @property
    def info(self) -> BackendInfo:
        """Raises NotReady before `start` and after `stop`."""
        return self._current().backend.info

    def model_names(self) -> tuple[str, ...]:
        """Values that a request's `model` may have: the shown name and its first word. Raises
        NotReady before `start` and after `stop`."""
        shown = self.info.model
        return tuple(dict.fromkeys((shown, shown.split(" ")[0])))

    @property
    def backend(self) -> Backend:
        """The loaded backend, for callers that bypass the queue. Raises NotReady before `start` and
        after `stop`."""
        return self._current().backend

    @property
    def traits(self) -> Traits:
        """What the model can do. Raises NotReady before `start` and after `stop`."""
        return self._current().backend.traits

    def check(self, options: DecodeOptions) -> None:
        """Raise BadOption for options that the model cannot decode with, such as a language that it
        lacks; NotReady before `start` and after `stop`."""
        self.traits.check(options)

    def expected_s(self, shape: WindowShape) -> float:
        """Expected seconds of a call with one such window, from measured calls. Raises like
        `check`."""
        backend = self._current().backend
        return backend.cost_s(backend.group_key(shape), 1)

    @property
    def ready(self) -> bool:
        """Whether requests would be answered: the model is loaded and neither stops, hangs nor
        stalls."""
        with self._lock:
            healthy = self._loaded is not None and self._reload_at is None
        if not healthy or self._stopping.is_set():
            return False
        oldest, stall_s = self._dispatcher.oldest(), self._options.stall_s
        now, last = self._clock(), self._calls.last_success_at
        waits_long = oldest is not None and now - oldest > stall_s
        return not (waits_long and (last is None or now - last > stall_s))

    def status(self) -> EngineStatus:
        """A snapshot; also refreshes the gauges of the metrics."""
        now = self._clock()
        waiting, oldest = self._dispatcher.counts(), self._dispatcher.oldest()
        ready, busy_ratio = self.ready, self._dispatcher.busy_ratio()
        for urgency, count in waiting.items():
            self._metrics.queue_length.labels(urgency.name.lower()).set(count)
        self._metrics.engine_ready.set(ready)
        self._metrics.busy_ratio.set(busy_ratio)
        last = self._calls.last_success_at
        return EngineStatus(
            ready=ready,
            waiting=waiting,
            running=self._dispatcher.running(),
            workers=len(self._crew),
            live_workers=self._dispatcher.live_workers(),
            busy_ratio=busy_ratio,
            oldest_wait_s=0.0 if oldest is None else max(now - oldest, 0.0),
            last_success_age_s=None if last is None else max(now - last, 0.0),
            passes=self._calls.passes,
            restarts=self._restarts,
            covered_s=self._calls.covered_s,
            worked_s=self._calls.worked_s,
        )

    # ---- the watchdog

    def supervise(self) -> None:
        """Replace hung workers and ended backends, and notice an idle model. The watchdog's thread
        calls this every `watch_interval_s`."""
        now = self._clock()
        if self._calls.idle(now, self._options.idle_s):
            tell(self._idle)
        hung = self._crew.abandon_hung(now)
        if hung:
            self._metrics.worker_restarts.inc(hung)
            with self._lock:
                self._restarts += hung
                self._reload_at = now
        with self._lock:
            loaded = self._loaded
        if loaded is not None and loaded.backend.lost:
            self._lose(loaded)
        if self._reload_at is not None and now >= self._reload_at:
            self._replace()

    def _watch(self) -> None:
        while not self._stopping.wait(self._options.watch_interval_s):
            tell(self.supervise)  # the watchdog itself must not die

    def _ended(self, loaded: Loaded, jobs: tuple[DecodeTask, ...]) -> None:
        """Handle a worker's report that its backend is lost, and take its jobs back."""
        self._crew.orphan(jobs)
        if not self._lose(loaded):
            self._crew.retry_orphans()  # another backend has replaced it already

    def _lose(self, loaded: Loaded) -> bool:
        """Stop handing out batches until there is another backend. False: there is one already."""
        with self._lock:
            if loaded is not self._loaded:
                return False
            self._dispatcher.hold(True)
            if self._reload_at is None:
                self._reload_at = self._clock()
        return True

    def _replace(self) -> None:
        """Load a fresh backend in place of one that hangs or has ended."""
        if not self._loading.acquire(blocking=False):
            return  # a reload is about to do the same
        try:
            self._adopt(self._load(self._factory))
        except RealtimeError as error:
            log.error("engine.reload_failed", error=error.message)
            self._crew.fail_orphans(
                DecodeFailed("The model hung or stopped, and could not be loaded again.")
            )
            with self._lock:
                self._reload_at = self._clock() + self._options.reload_pause_s
        finally:
            self._loading.release()

    def _adopt(self, fresh: Loaded) -> Loaded | None:
        """Let all workers use `fresh`, start as many as it wants, and retry the orphans.

        Returns the previous backend, retired; None while the engine stops.
        """
        with self._lock:
            stopping = self._stopping.is_set()
            if not stopping:
                stale, self._loaded = self._loaded, fresh
                self._reload_at = None
                self._dispatcher.hold(False)
        if stopping:
            fresh.retire()
            return None
        if stale is not None:
            stale.retire()
        self._crew.staff(fresh.backend.workers, fresh.backend.file_workers)
        self._crew.retry_orphans()
        return stale

    # ---- internals

    def _load(self, factory: Callable[[], Backend]) -> Loaded:
        backend = attempt(factory, LoadFailed, "The model could not be loaded")
        loaded = Loaded(backend)
        test = self._self_test
        if test is not None:
            try:
                attempt(lambda: test(backend), LoadFailed, "The model failed its self-test")
            except RealtimeError:
                loaded.retire()
                raise
        return loaded

    def _worker_context(self) -> WorkerContext:
        return WorkerContext(
            dispatcher=self._dispatcher,
            metrics=self._metrics,
            clock=self._clock,
            hang_limit=HangLimit(
                self._options.hang_floor_s,
                self._options.hang_per_audio_s,
                self._options.hang_per_expected,
            ),
            current=self._current,
            busy=self._count_busy,
            succeeded=self._count_success,
            ended=self._ended,
        )

    def _current(self) -> Loaded:
        with self._lock:
            loaded = self._loaded
        if loaded is None:
            raise NotReady("The model is not loaded yet; try again in a moment.", retry_after_s=5.0)
        return loaded

    def _count_busy(self, change: int) -> None:
        busy = self._calls.change_busy(change, self._clock())
        self._dispatcher.set_busy(busy, len(self._crew))

    def _count_success(self, covered_s: float, worked_s: float) -> None:
        self._calls.succeed(covered_s, worked_s, self._clock())
