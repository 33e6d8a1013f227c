"""Orders waiting requests. Pure: no clock, no thread; the time is an argument.

Streams do not enqueue audio. At most one request of a stream waits, and it holds no audio but a
function that takes the newest at dispatch. So the queue holds nothing stale, and it is never longer
than the number of streams.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass

from realtime.errors import Overloaded, RealtimeError
from realtime.types import Hypothesis, Urgency, Window, WindowShape

ALL = frozenset(Urgency)
LIVE = ALL - {Urgency.FILE}
FINALS = frozenset({Urgency.FINAL, Urgency.EARLY_FINAL})

MAX_FILE_CREDIT_S = 5.0
"""Cap on the credit of files, so that a long live rush is not followed by a long file rush."""
MIN_CHARGE_S = 0.001
"""Least cost charged for a batch, so that files also get their turn if a backend costs nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One stream's request for one decode. Callbacks must be cheap; a worker's thread calls
    them."""

    stream: Hashable
    """At most one request per stream waits, and one runs."""
    urgency: Urgency
    requested_at: float
    """When the caller made the request, in monotonic seconds."""
    cadence_s: float
    """For partials: lateness is (now - requested_at) / cadence_s. Positive."""
    deadline: float | None
    """For finals: when the text is due, in monotonic seconds."""
    shape: Callable[[], WindowShape | None]
    """Must be cheap. None: the stream no longer needs the decode."""
    take: Callable[[], Window | None]
    """Copies the newest audio at dispatch. None: the stream no longer needs the decode."""
    done: Callable[[Hypothesis], None]
    failed: Callable[[RealtimeError], None]
    vanished: Callable[[], None]
    """Called if `shape` or `take` returned None at dispatch. No other callback follows."""


@dataclass(slots=True)
class _Waiting:
    request: Request
    since: float
    """`requested_at`, or that of the request it replaced: a replacement keeps its place."""
    sequence: int


class RequestQueue:
    """The waiting requests, and the streams that have a running one.

    Order: finals by deadline, finals that are not due yet oldest first, first partials oldest
    first, partials by lateness over cadence (which is round robin where cadences are equal), file
    windows oldest first. Files earn credit while they wait and live work runs. Once the credit
    covers the cost of the last batch of files, one file window goes first of all, so that in the
    long run files get `file_share` of the time whatever the live load.
    """

    def __init__(self, limit: int = 4096, file_share: float = 0.05) -> None:
        """`limit`: most requests that may wait. `file_share`: 0 … 0.5 of the busy time."""
        self._limit = limit
        self._file_share = file_share
        self._waiting: dict[Urgency, dict[Hashable, _Waiting]] = {u: {} for u in Urgency}
        self._running: set[Hashable] = set()
        self._sequence = 0
        self._file_credit_s = 0.0
        self._file_cost_s = 0.0

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._waiting.values())

    def counts(self) -> dict[Urgency, int]:
        """Number of waiting requests by urgency."""
        return {urgency: len(waiting) for urgency, waiting in self._waiting.items()}

    def oldest(self) -> float | None:
        """When the request that has waited longest was made; None if none waits."""
        return min((w.since for ws in self._waiting.values() for w in ws.values()), default=None)

    def put(self, request: Request) -> None:
        """Add a request; it replaces a waiting one of its stream.

        Raises Overloaded if the queue is full.
        """
        replaced = self._find(request.stream)
        if replaced is None and len(self) >= self._limit:
            raise Overloaded(
                f"{self._limit} requests already wait for the model; try again in a moment.",
                retry_after_s=5.0,
            )
        since, sequence = request.requested_at, self._sequence
        self._sequence += 1
        if replaced is not None:
            del self._waiting[replaced.request.urgency][request.stream]
            if replaced.request.urgency == request.urgency:
                since, sequence = min(since, replaced.since), replaced.sequence
        self._waiting[request.urgency][request.stream] = _Waiting(request, since, sequence)

    def remove(self, stream: Hashable) -> Request | None:
        """Remove and return the waiting request of `stream`, if any."""
        found = self._find(stream)
        if found is None:
            return None
        del self._waiting[found.request.urgency][stream]
        return found.request

    def start(self, request: Request) -> bool:
        """Mark a waiting request as running. False: it was cancelled, replaced or taken
        meanwhile."""
        found = self._waiting[request.urgency].get(request.stream)
        if found is None or found.request is not request or request.stream in self._running:
            return False
        del self._waiting[request.urgency][request.stream]
        self._running.add(request.stream)
        return True

    def finish(self, stream: Hashable) -> None:
        """Record that the running request of `stream` has ended: its next may be dispatched."""
        self._running.discard(stream)

    def drain(self) -> list[Request]:
        """Remove and return all waiting requests."""
        requests = [w.request for waiting in self._waiting.values() for w in waiting.values()]
        for waiting in self._waiting.values():
            waiting.clear()
        return requests

    def dispatchable(self, classes: Collection[Urgency] = ALL) -> bool:
        """Whether a request of these classes waits and its stream has none running."""
        return any(
            stream not in self._running for urgency in classes for stream in self._waiting[urgency]
        )

    def ranked(self, now: float, classes: Collection[Urgency] = ALL) -> list[Request]:
        """Requests of these classes that may be dispatched at `now`, most urgent first."""
        finals = self._free(Urgency.FINAL)
        finals.sort(key=lambda w: (_deadline(w.request), w.sequence))
        early = self._free(Urgency.EARLY_FINAL)
        early.sort(key=lambda w: (w.since, w.sequence))
        first = self._free(Urgency.FIRST_PARTIAL)
        first.sort(key=lambda w: (w.since, w.sequence))
        partials = self._free(Urgency.PARTIAL)
        partials.sort(key=lambda w: ((w.since - now) / w.request.cadence_s, w.sequence))
        files = self._free(Urgency.FILE)
        files.sort(key=lambda w: (w.since, w.sequence))
        live = finals + early + first + partials
        order = files[:1] + live + files[1:] if self._file_is_due() else live + files
        return [w.request for w in order if w.request.urgency in classes]

    def charge(self, urgency: Urgency, seconds: float) -> None:
        """Account for a batch of expected `seconds`: files spend credit, live work earns it."""
        seconds = max(seconds, MIN_CHARGE_S)
        if urgency is Urgency.FILE:
            self._file_cost_s = seconds
            self._file_credit_s = max(self._file_credit_s - seconds, 0.0)
        elif self._waiting[Urgency.FILE]:
            earned = seconds * self._file_share / (1.0 - self._file_share)
            limit = max(MAX_FILE_CREDIT_S, self._file_cost_s)
            self._file_credit_s = min(self._file_credit_s + earned, limit)

    def _file_is_due(self) -> bool:
        return self._file_credit_s >= max(self._file_cost_s, MIN_CHARGE_S)

    def _find(self, stream: Hashable) -> _Waiting | None:
        for waiting in self._waiting.values():
            if (found := waiting.get(stream)) is not None:
                return found
        return None

    def _free(self, urgency: Urgency) -> list[_Waiting]:
        waiting = self._waiting[urgency]
        return [w for stream, w in waiting.items() if stream not in self._running]


def _deadline(request: Request) -> float:
    return math.inf if request.deadline is None else request.deadline
