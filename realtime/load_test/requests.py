"""HTTP mode: a fixed number of slots, each with one request in progress."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from realtime.load_test.figures import RequestOutcome
from realtime.load_test.options import Options
from realtime.load_test.speech import LoadRecording
from realtime.load_test.supply import Supply
from realtime.load_test.targets import RequestFailed, Target, checked


@dataclass(slots=True)
class LoadRun:
    """The results of a run so far. They grow while it runs, so that an interrupted run has figures,
    too."""

    outcomes: list[RequestOutcome] = field(default_factory=list)
    warmup_s: float = 0.0
    warmup_errors: int = 0
    start: float | None = None
    """Monotonic time in s."""
    ended: float | None = None

    @property
    def wall_s(self) -> float:
        """Duration of the measured part, up to now while it runs."""
        if self.start is None:
            return 0.0
        return (self.ended or time.monotonic()) - self.start


async def warm_up(target: Target, supply: Supply, options: Options, run: LoadRun) -> None:
    """Send unmeasured requests first; their failures are counted, to explain a slow start."""
    run_start = time.monotonic()

    async def send(_: int) -> None:
        outcome = await _send(target, await supply.next(), options, run_start)
        run.warmup_errors += not outcome.ok

    await in_slots(send, options.warmup_requests, options.concurrent_requests, 0.0)
    run.warmup_s = time.monotonic() - run_start


async def measure(
    target: Target,
    supply: Supply,
    options: Options,
    run: LoadRun,
    on_outcome: Callable[[RequestOutcome], None],
) -> None:
    """Send all requests of the run; `on_outcome` is called after each."""
    run.start = run_start = time.monotonic()

    async def send(_: int) -> None:
        outcome = await _send(target, await supply.next(), options, run_start)
        run.outcomes.append(outcome)
        on_outcome(outcome)

    try:
        await in_slots(
            send, options.total_requests, options.concurrent_requests, options.request_delay
        )
    finally:
        run.ended = time.monotonic()


async def in_slots(
    send: Callable[[int], Awaitable[None]], count: int, slots: int, delay_s: float
) -> None:
    """Call `send(0)` … `send(count − 1)`, `slots` of them at once, with a pause after each."""
    numbers = iter(range(count))

    async def slot() -> None:
        for number in numbers:
            await send(number)
            if delay_s:
                await asyncio.sleep(delay_s)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(slots, count)):
            group.create_task(slot())


async def _send(
    target: Target, recording: LoadRecording, options: Options, run_start: float
) -> RequestOutcome:
    wav = recording.wav(options.sample_rate)
    error, message, text = "", "", ""
    sent_at = time.monotonic()
    try:
        async with asyncio.timeout(options.timeout):
            text = checked(await target(wav))
    except TimeoutError:
        error, message = "timeout", f"No answer within {options.timeout:g} s."
    except RequestFailed as failure:
        error, message = failure.kind, str(failure)
    # A user's callable may raise anything, and one bad request must not end the run.
    except Exception as failure:
        error, message = type(failure).__name__, str(failure)
    time_s = time.monotonic() - sent_at
    return RequestOutcome(
        *(recording.number, sent_at - run_start, time_s, recording.duration_s),
        *(error, message, recording.reference, text),
    )
