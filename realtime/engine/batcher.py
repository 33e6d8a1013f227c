"""Chooses the requests that share one call of the model. Pure.

The most urgent request leads; others follow in order if they may share its call. No request waits
for others to join it: batches form by themselves while the model is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

from realtime.engine.queue import Request
from realtime.types import Urgency


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How large a batch may become."""

    max_batch: int
    """Most windows of streams in one call."""
    max_file_batch: int
    """The same for files."""
    max_expected_s: float
    """Longest expected time of a batch that holds more than finals: no call can be interrupted, so
    a final that arrives just after its start waits this long."""
    max_file_s: float
    """The same for a batch of file windows; longer while no stream waits for it."""
    sure_file_batch: int = 1
    """This many file windows may share a call, however long it takes."""
    others_free_in_s: tuple[float, ...] = ()
    """Seconds until each other worker that files may use becomes free; 0.0: it is idle."""


@dataclass(frozen=True, slots=True)
class BatchChoice:
    """What to dispatch now."""

    requests: tuple[Request, ...]
    """Requests of one key, the most urgent first; empty if every waiting request has vanished."""
    key: Hashable
    expected_s: float
    unusable: tuple[Request, ...]
    """Requests without a key: their window has vanished, or the model refuses their options."""


def choose(
    ranked: Sequence[Request],
    key_of: Callable[[Request], Hashable | None],
    cost_s: Callable[[Hashable, int], float],
    limits: CallLimits,
) -> BatchChoice:
    """Form the next batch from `ranked` (most urgent first).

    `key_of`: requests with equal keys may share a call; None: the request cannot be dispatched.
    `cost_s`: expected seconds of a call with this number of windows of a key.
    """
    batch: list[Request] = []
    most = limits.max_batch
    unusable: list[Request] = []
    batch_key: Hashable = None
    for request in ranked:
        if len(batch) >= most:
            break
        key = key_of(request)
        if key is None:
            unusable.append(request)
        elif not batch:
            batch_key = key
            batch.append(request)
            if _is_file(request):
                most = _file_share(ranked, partial(cost_s, key), limits)
        elif (
            key == batch_key
            and _is_file(request) == _is_file(batch[0])
            and _fits(batch, request, cost_s(key, len(batch) + 1), limits)
        ):
            batch.append(request)
    expected_s = cost_s(batch_key, len(batch)) if batch else 0.0
    return BatchChoice(tuple(batch), batch_key, expected_s, tuple(unusable))


def _file_share(
    ranked: Sequence[Request], cost_s: Callable[[int], float], limits: CallLimits
) -> int:
    """Number of file windows to take so that all waiting ones finish soonest.

    While many wait, a call takes as many as it may. When few are left, it leaves some to workers
    that would finish them earlier than this one.
    """
    waiting = sum(_is_file(request) for request in ranked)
    most = min(waiting, limits.max_file_batch)
    if not limits.others_free_in_s:
        return most

    def done_s(taken: int) -> float:
        rest = waiting - taken
        others = sorted(limits.others_free_in_s)[:rest]
        others_s = others[-1] + cost_s(-(-rest // len(others))) if others else 0.0
        return max(cost_s(taken), others_s)

    return min(range(most, 0, -1), key=done_s)


def _is_file(request: Request) -> bool:
    """Whether it is for a file. Files never share a call with streams, which would wait for
    them."""
    return request.urgency is Urgency.FILE


def _fits(
    batch: Sequence[Request], request: Request, expected_s: float, limits: CallLimits
) -> bool:
    """Whether `request` may join the batch. Finals may always join finals: in separate calls they
    would take longer still."""
    if request.urgency is Urgency.FINAL and batch[-1].urgency is Urgency.FINAL:
        return True
    if _is_file(request):
        return len(batch) < limits.sure_file_batch or expected_s <= limits.max_file_s
    return expected_s <= limits.max_expected_s
