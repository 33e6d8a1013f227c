"""The thread that decodes. It survives any error of a model or a session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from realtime.backends.base import Backend
from realtime.engine.dispatcher import DecodeBatch, DecodeTask, Dispatcher
from realtime.engine.edge import attempt, tell
from realtime.engine.loaded import Loaded
from realtime.engine.queue import FINALS
from realtime.errors import DecodeFailed, ModelEnded, RealtimeError
from realtime.metrics import Metrics
from realtime.types import Hypothesis, Window

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HangLimit:
    """Time after which a call of the model counts as hung: the longest of three."""

    floor_s: float
    per_audio_s: float
    """Seconds for each second of audio in the batch."""
    per_expected: float
    """Multiple of the time that the backend expects, for models slower than real time."""

    def seconds(self, audio_s: float, expected_s: float) -> float:
        return max(self.floor_s, self.per_audio_s * audio_s, self.per_expected * expected_s)


@dataclass(slots=True, eq=False)
class _Call:
    """One call of the model in progress."""

    jobs: tuple[DecodeTask, ...]
    """All jobs that are lost if the call never ends."""
    started_at: float
    limit_s: float


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What all workers of an engine share."""

    dispatcher: Dispatcher
    metrics: Metrics
    clock: Callable[[], float]
    hang_limit: HangLimit
    current: Callable[[], Loaded]
    """The backend to use for the next batch."""
    busy: Callable[[int], None]
    """Called with +1 when a batch begins and with -1 when it ends."""
    succeeded: Callable[[float, float], None]
    """Called after every call that returned hypotheses, with two durations in seconds: the audio of
    streams' finals in the call, and their share of the time it took."""
    ended: Callable[[Loaded, tuple[DecodeTask, ...]], None]
    """Called with a lost backend and the jobs that another worker must take."""


class DecodeWorker(threading.Thread):
    """Takes batches until the engine stops or `abandon` is called."""

    def __init__(self, context: WorkerContext, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._context = context
        self._lock = threading.Lock()
        self._call: _Call | None = None
        self._abandoned = False
        self._dismissed = False
        self._batch: DecodeBatch | None = None
        """The batch that was taken last."""
        self._loaded: Loaded | None = None
        """The backend that decodes this batch."""

    def run(self) -> None:
        context = self._context
        while True:
            batch = context.dispatcher.next_batch(
                lambda: context.current().backend, lambda: self._abandoned or self._dismissed
            )
            if batch is None:
                return
            loaded = context.current()
            while not loaded.acquire():
                loaded = context.current()
            context.busy(1)
            self._batch, self._loaded = batch, loaded
            self._run(batch, loaded)
            if not self._abandoned:
                context.busy(-1)
                context.dispatcher.ended(batch)
            loaded.release()

    # ---- supervision (called from another thread)

    def hung(self, now: float) -> bool:
        """Whether the call in progress has exceeded its time limit."""
        with self._lock:
            call = self._call
            return call is not None and now - call.started_at > call.limit_s

    def dismiss(self) -> None:
        """End after the batch in progress, since the backend needs fewer workers.

        A worker that waits for work notices this when the dispatcher wakes it.
        """
        self._dismissed = True

    def abandon(self) -> tuple[DecodeTask, ...]:
        """Return the jobs of the call in progress, which this thread then no longer answers. The
        call itself is ended if the backend can do that."""
        with self._lock:
            self._abandoned = True
            call, self._call = self._call, None
        self._context.busy(-1)
        if call is not None and self._batch is not None:
            self._context.dispatcher.ended(self._batch)
        if call is not None and self._loaded is not None:
            tell(self._loaded.backend.kill)
        return () if call is None else call.jobs

    # ---- one batch

    def _run(self, batch: DecodeBatch, loaded: Loaded) -> None:
        jobs: list[DecodeTask] = []
        windows: list[Window] = []
        for job in batch.jobs:
            window = self._take(job)
            if window is not None:
                jobs.append(job)
                windows.append(window)
        if not jobs:
            return
        if batch.backend is not loaded.backend:  # reloaded since the batch was formed
            self._one_by_one(jobs, windows, loaded)
            return
        outcome = self._decode(jobs, windows, loaded.backend, batch.expected_s)
        if isinstance(outcome, list):
            self._deliver(jobs, windows, outcome)
        elif isinstance(outcome, ModelEnded):
            self._give_back(jobs, len(jobs), loaded, outcome)
        elif outcome is not None and len(jobs) == 1:
            self._fail(jobs[0], outcome)
        elif outcome is not None:
            log.warning("worker.batch_failed", windows=len(jobs), error=repr(outcome))
            self._one_by_one(jobs, windows, loaded)

    def _take(self, job: DecodeTask) -> Window | None:
        """Take a snapshot of the audio. None: the job was answered instead."""
        dispatcher, request = self._context.dispatcher, job.request
        if job.closed:
            dispatcher.settle(job, request.vanished)
            return None
        try:
            window = attempt(request.take, DecodeFailed, "The audio could not be read")
        except RealtimeError as error:
            dispatcher.fail(job, error)
            return None
        if window is None:
            dispatcher.settle(job, request.vanished)
            return None
        wait_s = max(self._context.clock() - request.requested_at, 0.0)
        urgency = request.urgency.name.lower()
        self._context.metrics.queue_wait_seconds.labels(urgency).observe(wait_s)
        return window

    def _give_back(
        self, jobs: Sequence[DecodeTask], decoded: int, loaded: Loaded, error: ModelEnded
    ) -> None:
        """Return all jobs of a lost model, which had begun to decode the first `decoded`."""
        log.error("worker.model_ended", windows=decoded, error=error.message)
        for job in jobs[:decoded] if error.tried else ():
            job.tries += 1
        self._context.ended(loaded, tuple(jobs))

    def _one_by_one(
        self, jobs: Sequence[DecodeTask], windows: Sequence[Window], loaded: Loaded
    ) -> None:
        """Decode each window in a call of its own, so that after a failed batch only the window
        that caused the failure fails."""
        for position, (job, window) in enumerate(zip(jobs, windows, strict=True)):
            outcome = self._decode(jobs[position:], [window], loaded.backend, 0.0)
            if outcome is None:
                return
            if isinstance(outcome, ModelEnded):
                self._give_back(jobs[position:], 1, loaded, outcome)
                return
            if isinstance(outcome, list):
                self._deliver([job], [window], outcome)
            else:
                self._fail(job, outcome)

    def _decode(
        self,
        jobs: Sequence[DecodeTask],
        windows: Sequence[Window],
        backend: Backend,
        expected_s: float,
    ) -> list[Hypothesis] | RealtimeError | None:
        """Call the model. None: the call took too long, and other workers have the jobs now.

        `jobs`: those of the windows, and others that wait for this call to end: if it never does,
        another worker must take them all.
        """
        context = self._context
        audio_s = sum(window.duration_s for window in windows)
        started_at = context.clock()
        limit_s = context.hang_limit.seconds(audio_s, expected_s)
        with self._lock:
            self._call = _Call(tuple(jobs), started_at, limit_s)
        outcome: list[Hypothesis] | RealtimeError
        try:
            outcome = attempt(
                lambda: _checked(backend.decode(windows), windows),
                DecodeFailed,
                "The model failed on this audio",
            )
        except RealtimeError as error:
            outcome = error
        with self._lock:
            if self._abandoned:
                return None
            self._call = None
        if isinstance(outcome, list):
            taken_s = context.clock() - started_at
            finals = [
                window.duration_s
                for job, window in zip(jobs, windows, strict=False)
                if job.request.urgency in FINALS
            ]
            context.succeeded(sum(finals), taken_s * len(finals) / len(windows))
            self._measure(windows, outcome, taken_s, audio_s)
        return outcome

    def _deliver(
        self,
        jobs: Sequence[DecodeTask],
        windows: Sequence[Window],
        hypotheses: Sequence[Hypothesis],
    ) -> None:
        for job, hypothesis in zip(jobs, hypotheses, strict=True):
            self._context.dispatcher.settle(job, _answer(job, hypothesis))

    def _fail(self, job: DecodeTask, error: RealtimeError) -> None:
        self._context.metrics.decode_failures.inc()
        self._context.dispatcher.fail(job, error)

    def _measure(
        self,
        windows: Sequence[Window],
        hypotheses: Sequence[Hypothesis],
        taken_s: float,
        audio_s: float,
    ) -> None:
        metrics = self._context.metrics
        kind = "final" if windows[0].final else "partial"
        metrics.inference_seconds.labels(kind).observe(taken_s)
        metrics.batch_size.observe(len(windows))
        metrics.decoded_seconds.inc(audio_s)
        metrics.passes.inc(sum(h.passes for h in hypotheses))
        metrics.repaired.inc(sum(h.repaired for h in hypotheses))
        metrics.doubtful.inc(sum(h.doubtful for h in hypotheses))
        for way in (way for h in hypotheses for way in h.remedies):
            metrics.remedies.labels(way).inc()
        metrics.cost_usd.inc(sum(h.cost_usd for h in hypotheses))
        if audio_s > 0:
            metrics.rtf.observe(taken_s / audio_s)


def _checked(hypotheses: list[Hypothesis], windows: Sequence[Window]) -> list[Hypothesis]:
    if len(hypotheses) != len(windows):
        raise ValueError(f"{len(hypotheses)} hypotheses for {len(windows)} windows")
    return hypotheses


def _answer(job: DecodeTask, hypothesis: Hypothesis) -> Callable[[], None]:
    return lambda: job.request.done(hypothesis)
