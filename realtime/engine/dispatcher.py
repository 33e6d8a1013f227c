"""Hands batches to workers: the thread-safe shell around the queue and the batcher.

Two locks. `_changed` guards the queue and is held for microseconds, never while foreign code runs,
so that `submit` and `cancel` never wait for a model or a session. `_choosing` lets one worker at a
time form a batch, which calls `Request.shape` of many sessions.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from realtime.backends.base import Backend
from realtime.engine.batcher import CallLimits, choose
from realtime.engine.edge import attempt, tell
from realtime.engine.lanes import WorkerShares
from realtime.engine.load import LoadMeter
from realtime.engine.queue import Request, RequestQueue
from realtime.errors import DecodeFailed, Draining, RealtimeError
from realtime.types import Urgency

FILE_BATCH_S = 2.0
"""Longest expected time of a batch of file windows while no stream waits. A GPU needs large
batches; a longer one would delay a stream that begins to speak."""
FILES = frozenset({Urgency.FILE})
FILE_PAIR = 2
"""File windows that may share a call while no stream waits, however long the call takes. If one
takes seconds, a stream that begins to speak waits in any case, and two in a call cost a sixth less
each than one (base on a CPU: 1.53 s of processor time a window instead of 1.83; three: 1.46)."""


@dataclass(slots=True, eq=False)
class DecodeTask:
    """A dispatched request. It is answered at most once, and never after `cancel`."""

    request: Request
    tries: int = 0
    """Number of calls with this request that hung or ended the model."""
    closed: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held during the callback, so that `cancel` returns only when no callback can follow."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodeBatch:
    """What a worker decodes in one call."""

    jobs: tuple[DecodeTask, ...]
    expected_s: float
    backend: Backend
    """Its keys formed the batch; under another backend the windows may not share a call."""


class Dispatcher:
    """Takes requests from streams, hands batches to workers, and delivers the answers."""

    def __init__(
        self, queue: RequestQueue, max_expected_s: float, clock: Callable[[], float]
    ) -> None:
        """`max_expected_s`: see `batcher.CallLimits`. `clock`: monotonic seconds."""
        self._queue = queue
        self._max_expected_s = max_expected_s
        self._clock = clock
        self._changed = threading.Condition()
        self._choosing = threading.Lock()
        self._jobs: dict[Hashable, DecodeTask] = {}
        self._retries: deque[DecodeTask] = deque()
        self._idle = 0
        self._closed = False
        self._paused = False
        """True while no batch is handed out because there is no working model."""
        self._load = LoadMeter(clock())
        self._lanes = WorkerShares()
        self._file_ends: dict[DecodeBatch, float] = {}
        """When each running batch of files is expected to end."""

    # ---- callers' side

    def submit(self, request: Request) -> None:
        """Queue a request. If that is impossible, this call itself calls `request.failed`."""
        error: RealtimeError | None = None
        with self._changed:
            if self._closed:
                error = Draining("The server is shutting down; connect again in a moment.")
            else:
                try:
                    self._queue.put(request)
                except RealtimeError as full:
                    error = full
                else:
                    if request.urgency is not Urgency.FILE:
                        self._lanes.note_request(self._clock())
                    self._changed.notify()
        if error is not None:
            _refuse(request, error)

    def cancel(self, stream: Hashable) -> None:
        """Forget the stream: none of its callbacks is called after this returns."""
        with self._changed:
            self._queue.remove(stream)
            job = self._jobs.get(stream)
        if job is not None:
            with job.lock:
                job.closed = True

    def close(self) -> None:
        """Accept no more requests and fail the waiting ones; workers get no further batch."""
        with self._changed:
            self._closed = True
            waiting = self._queue.drain()
            retries = list(self._retries)
            self._retries.clear()
            self._changed.notify_all()
        error = Draining("The server is shutting down; connect again in a moment.")
        for request in waiting:
            _refuse(request, error)
        for job in retries:
            self.fail(job, error)

    def counts(self) -> dict[Urgency, int]:
        """Number of waiting requests by urgency."""
        with self._changed:
            return self._queue.counts()

    def running(self) -> int:
        """Number of requests that are being decoded."""
        with self._changed:
            return len(self._jobs)

    def oldest(self) -> float | None:
        """When the request that has waited longest was made; None if none waits."""
        with self._changed:
            return self._queue.oldest()

    def busy_ratio(self) -> float:
        """Share of the workers' time spent decoding lately, 0 … 1."""
        with self._changed:
            return self._load.average(self._clock())

    def live_workers(self) -> int:
        """How many workers the finals of live streams may use."""
        with self._changed:
            return self._lanes.workers

    # ---- workers' side

    def next_batch(
        self, backend: Callable[[], Backend], gone: Callable[[], bool]
    ) -> DecodeBatch | None:
        """Wait for work. None: the engine stops, or `gone()` says that this worker must end.

        `backend` returns the backend that will decode; the batch is formed by its keys and costs.
        """
        while True:
            with self._changed:
                self._idle += 1
                while not (self._closed or gone() or self._has_work()):
                    self._changed.wait()
                self._idle -= 1
                if self._closed or gone():
                    return None
            batch = self._form_batch(backend())
            if batch.jobs:
                return batch

    def _has_work(self) -> bool:
        if self._paused:
            return False
        return bool(self._retries) or self._queue.dispatchable(self._classes())

    def _classes(self) -> frozenset[Urgency]:
        """Urgencies of the requests that may be dispatched now."""
        live = self._lanes.live_classes(files_wait=self._queue.dispatchable(FILES))
        return live | FILES if self._lanes.files_may_start(self._clock()) else live

    def _form_batch(self, backend: Backend) -> DecodeBatch:
        """Choose requests and mark them as running; answer those that turn out to be unusable."""
        refused: dict[int, RealtimeError] = {}

        def key_of(request: Request) -> Hashable | None:
            def key() -> Hashable | None:
                shape = request.shape()
                return None if shape is None else backend.group_key(shape)

            try:
                return attempt(key, DecodeFailed, "The request could not be read")
            except RealtimeError as error:
                refused[id(request)] = error
                return None

        with self._choosing:
            with self._changed:
                if self._retries:
                    job = self._retries.popleft()
                    self._lanes.begin(file=_is_file(job))
                    return DecodeBatch((job,), 0.0, backend)
                now = self._clock()
                ranked = self._queue.ranked(now, self._classes())
                limits = self._limits(backend, len(ranked), now)
            choice = choose(ranked, key_of, backend.cost_s, limits)
            with self._changed:
                jobs = tuple(self._start(r) for r in choice.requests if self._queue.start(r))
                unusable = [self._start(r) for r in choice.unusable if self._queue.start(r)]
                if jobs:
                    self._queue.charge(jobs[0].request.urgency, choice.expected_s)
                    self._lanes.begin(file=_is_file(jobs[0]))
                batch = DecodeBatch(jobs, choice.expected_s, backend)
                if jobs and _is_file(jobs[0]):
                    self._file_ends[batch] = now + choice.expected_s
                if self._idle and self._has_work():
                    self._changed.notify()
        for job in unusable:
            if (error := refused.get(id(job.request))) is not None:
                self.fail(job, error)
            else:
                self.settle(job, job.request.vanished)
        return batch

    def _limits(self, backend: Backend, waiting: int, now: float) -> CallLimits:
        """Limits for the batch that a worker is about to form."""
        share = -(-waiting // (1 + self._idle))  # leave some to workers that are idle too
        unheard = self._lanes.nobody_waits(now)
        busy_s = [max(end - now, 0.0) for end in self._file_ends.values()]
        others = [*[0.0] * self._idle, *busy_s][: self._lanes.workers_for_files(now) - 1]
        return CallLimits(
            max(1, min(backend.max_batch, share)),
            backend.max_file_batch,
            self._max_expected_s,
            FILE_BATCH_S if unheard else self._max_expected_s,
            FILE_PAIR if unheard else 1,
            tuple(others),
        )

    def _start(self, request: Request) -> DecodeTask:
        job = DecodeTask(request)
        self._jobs[request.stream] = job
        return job

    def settle(self, job: DecodeTask, answer: Callable[[], None]) -> None:
        """Answer the job unless it was cancelled, and allow its stream's next request to run."""
        with job.lock:
            if not job.closed:
                job.closed = True
                tell(answer)
        with self._changed:
            if self._jobs.get(job.request.stream) is job:
                del self._jobs[job.request.stream]
                self._queue.finish(job.request.stream)
            if self._has_work():
                self._changed.notify()

    def fail(self, job: DecodeTask, error: RealtimeError) -> None:
        """Answer the job with an error."""
        self.settle(job, lambda: job.request.failed(error))

    def retry(self, job: DecodeTask) -> None:
        """Dispatch the job once more, alone and before all others."""
        with self._changed:
            closed = self._closed
            if not closed:
                self._retries.append(job)
                self._changed.notify()
        if closed:
            self.fail(job, Draining("The server is shutting down; connect again in a moment."))

    def ended(self, batch: DecodeBatch) -> None:
        """Record that the batch's worker is free again or was abandoned."""
        with self._changed:
            self._lanes.end(file=_is_file(batch.jobs[0]))
            self._file_ends.pop(batch, None)
            if self._has_work():
                self._changed.notify()

    def staff(self, workers: int, for_files: int) -> None:
        """Set the number of workers, and how many of them are reserved for files."""
        with self._changed:
            self._lanes.staff(workers, for_files)
            self._changed.notify_all()

    def set_busy(self, busy: int, workers: int) -> None:
        """Record how many of the workers decode from now on."""
        with self._changed:
            self._load.set(self._clock(), min(busy / max(workers, 1), 1.0))

    def hold(self, paused: bool) -> None:
        """Stop handing out batches (true), or resume (false)."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def wake_all(self) -> None:
        """Let waiting workers check again whether they must end."""
        with self._changed:
            self._changed.notify_all()


def _is_file(job: DecodeTask) -> bool:
    return job.request.urgency is Urgency.FILE


def _refuse(request: Request, error: RealtimeError) -> None:
    """Fail a request that was never dispatched."""
    tell(lambda: request.failed(error))
