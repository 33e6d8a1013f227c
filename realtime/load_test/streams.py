"""WebSocket mode: streams at the pace of speech, a given number at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from realtime.load_test.capacity import CapacitySearch
from realtime.load_test.figures import RequestOutcome, Spread
from realtime.load_test.options import Options
from realtime.load_test.player import PHASE_S, Playback, play
from realtime.load_test.requests import LoadRun, in_slots
from realtime.load_test.speech import LoadRecording, resampled
from realtime.load_test.statistics import theil_sen
from realtime.load_test.supply import Supply
from realtime.load_test.waits import Waits
from realtime.types import SAMPLE_RATE

NORMAL_CLOSE = 1000
SLOPE_POINTS = 1500
"""Most points for the slope, whose computation compares every pair."""
SLOPE_S = 20.0
"""Least time from the first final to the last: a trend within seconds is not significant."""
UNANSWERED = 0.01
"""Share of utterances without a final above which a number of streams fails."""
PROBE_S = 2.0


@dataclass(slots=True)
class Streams(LoadRun):
    """A run of streams: its outcomes, and how long the speakers waited."""

    waits: Waits = field(default_factory=Waits)
    dropped_partials: float | None = None
    """Count from the server's metrics; None where it has none."""
    warnings: int = 0
    """Number of warnings to streams that partials were dropped."""
    late_s: float = 0.0
    """The longest delay of a sent packet: large values mean that this machine, not the server, was
    overloaded."""

    def metrics(self) -> dict[str, Any]:
        """Figures that only streams have; latencies in s."""
        waits = self.waits
        return {
            "streams": len(self.outcomes),
            "first_partial": Spread(waits.first_partial_s).tail(),
            "stable_word": Spread(waits.word_s).tail(),
            "final": Spread(waits.final_s).tail(),
            "lag_slope_ms_per_minute": slope(waits),
            "dropped_partials": self.dropped_partials,
            "dropped_partials_warnings": self.warnings,
            "utterances": waits.utterances,
            "utterances_without_final": waits.unanswered,
            "latest_packet": self.late_s,
        }

    def holds(self, limit_s: float) -> bool:
        """Whether nothing failed, and p95 of the final latency is at most `limit_s`."""
        p95 = Spread(self.waits.final_s).percentile(95)
        answered = self.waits.unanswered <= UNANSWERED * self.waits.utterances
        return p95 is not None and p95 <= limit_s and answered and all(o.ok for o in self.outcomes)


@dataclass(frozen=True, slots=True)
class LoadStep:
    """The trial of one number of streams."""

    streams: int
    held: bool
    run: Streams


def slope(waits: Waits) -> float | None:
    """The trend of the final latency over the run, in ms a minute: 0 where the server keeps up.

    None where the run was too short to show one.
    """
    pairs = sorted(zip(waits.final_at_s, waits.final_s, strict=True))
    pairs = pairs[:: 1 + len(pairs) // SLOPE_POINTS]
    if not pairs or pairs[-1][0] - pairs[0][0] < SLOPE_S:
        return None
    return 60_000 * theil_sen([at_s for at_s, _ in pairs], [wait for _, wait in pairs])


async def warm_up(supply: Supply, options: Options, run: Streams) -> None:
    """Play streams that are not counted."""
    run_start, ignored = time.monotonic(), Streams()
    await _stream_all(supply, options, ignored, options.warmup_requests)
    run.warmup_s = time.monotonic() - run_start
    run.warmup_errors = sum(not outcome.ok for outcome in ignored.outcomes)


async def measure(
    supply: Supply, options: Options, run: Streams, on_outcome: Callable[[RequestOutcome], None]
) -> None:
    """Play `total_requests` streams, `concurrent_requests` at once."""
    before = await dropped_partials(options)
    try:
        await _stream_all(supply, options, run, options.total_requests, on_outcome)
    finally:
        run.ended = time.monotonic()
    after = await dropped_partials(options)
    if before is not None and after is not None:
        run.dropped_partials = after - before


async def find_capacity(
    make_supply: Callable[[int], Supply],
    options: Options,
    limit_s: float,
    most: int,
    on_step: Callable[[LoadStep], None],
) -> int:
    """The most streams at once whose p95 of the final latency is at most `limit_s`; 0 where none.
    More than `most` are not tried.

    `make_supply(n)`: audio for n streams. Every step plays its number of streams once.
    """
    if options.warmup_requests:
        async with make_supply(options.warmup_requests) as supply:
            await warm_up(supply, options, Streams())
    search = CapacitySearch(options.concurrent_requests, most)
    while (number := search.next()) is not None:
        update = {"total_requests": number, "concurrent_requests": number}
        step, run = options.model_copy(update=update), Streams()
        async with make_supply(number) as supply:
            await supply.fill(lambda _: None)
            await measure(supply, step, run, lambda _: None)
        held = run.holds(limit_s)
        search.tell(number, held=held)
        on_step(LoadStep(number, held, run))
    return search.best


async def _stream_all(
    supply: Supply,
    options: Options,
    run: Streams,
    count: int,
    on_outcome: Callable[[RequestOutcome], None] = lambda _: None,
) -> None:
    run.start = run_start = time.monotonic()
    rng = random.Random(options.seed or 0)

    async def send(_: int) -> None:
        outcome = await _stream(
            await supply.next(), options, run, run_start, rng.uniform(0, PHASE_S)
        )
        run.outcomes.append(outcome)
        on_outcome(outcome)

    await in_slots(send, count, options.concurrent_requests, options.request_delay)


async def _stream(
    recording: LoadRecording, options: Options, run: Streams, run_start: float, phase_s: float
) -> RequestOutcome:
    """Play one recording, and add its results to the run."""
    played, error, message = Playback(), "", ""
    opened_at = time.monotonic()
    try:
        async with asyncio.timeout(recording.duration_s + phase_s + options.timeout):
            played = await _play(recording, options, phase_s)
    except TimeoutError:
        error, message = "timeout", "The stream did not end in time."
    except InvalidURI as failure:
        error, message = "bad_address", str(failure)
    except InvalidHandshake as failure:
        status = getattr(getattr(failure, "response", None), "status_code", "")
        error, message = f"handshake {status}".strip(), str(failure)
    except (OSError, WebSocketException) as failure:
        error, message = "connection", str(failure) or type(failure).__name__
    time_s = time.monotonic() - opened_at
    if not error:
        error, message = _complaint(played)
    run.waits.add(recording.sentences, played, opened_at + phase_s - run_start)
    run.late_s = max(run.late_s, played.late_s)
    run.warnings += sum(
        a.type == "warning" and a.message.get("code") == "dropped_partials" for a in played.arrivals
    )
    return RequestOutcome(
        *(recording.number, opened_at - run_start, time_s, recording.duration_s),
        *(error, message, recording.reference, played.text),
    )


async def _play(recording: LoadRecording, options: Options, phase_s: float) -> Playback:
    query = {"language": options.language}
    samples, rate = recording.samples, options.sample_rate
    if rate != SAMPLE_RATE:
        samples = resampled(samples, SAMPLE_RATE, rate)
        query["sample_rate"] = str(rate)
    key = options.api.api_key
    return await play(
        options.api.url,
        samples,
        urlencode(query),
        phase_s,
        rate=rate,
        token=key.get_secret_value() if key else None,
    )


def _complaint(played: Playback) -> tuple[str, str]:
    """Kind and message of the failure in a stream that ended."""
    for arrival in played.arrivals:
        if arrival.type == "error":
            code = str(arrival.message.get("code", "error"))
            return code, str(arrival.message.get("message", ""))
    if played.close_code != NORMAL_CLOSE:
        return f"closed {played.close_code}", "The server closed the connection."
    return "", ""


async def dropped_partials(options: Options) -> float | None:
    """The server's count of dropped partials since its start; None where it has no metrics."""
    scheme, place = urlsplit(options.api.url)[:2]
    url = f"{'https' if scheme == 'wss' else 'http'}://{place}/metrics"
    key = options.api.api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        async with httpx2.AsyncClient(timeout=PROBE_S, trust_env=False) as client:
            answer = await client.get(url, headers=headers)
        families = text_string_to_metric_families(answer.text if answer.is_success else "")
        values = [
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "realtime_dropped_partials_total"
        ]
    except (httpx2.HTTPError, ValueError):
        return None
    return sum(values) if values else None
