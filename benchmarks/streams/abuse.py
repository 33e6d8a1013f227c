"""Four good streams beside hostile clients, one kind of abuse after the other.

The abuser is a separate process. It sends as fast as `RATE_BYTES`, reconnects whenever the server
closes its connection, and is killed when the streams have ended. Reported for each kind: p95 of the
finals beside it and alone, the slowest answer of `/health`, the server's processor time, and its
memory before and after (as soon as it is back to normal, at most `SETTLE_S` later: sessions that
may be resumed are kept for a minute).
"""

from __future__ import annotations

import asyncio
import http.client
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import Served, served
from benchmarks.streams.abusers import ABUSES, KEY, Target
from benchmarks.streams.capacity import voices
from realtime.load_test.machine import machine
from realtime.load_test.player import play_all
from realtime.load_test.statistics import percentile
from realtime.load_test.synthetic.corpus import SpokenSession
from realtime.load_test.waits import Waits

STREAMS = 4
SECONDS = 60.0
ASKED_MORE, ASKED_HEALTH_S, ASKED_RSS_MB = 0.20, 0.25, 30.0
PROBE_EVERY_S = 0.1
SETTLE_S = 90.0


@dataclass(frozen=True, slots=True)
class Beside:
    """What well-behaved streams and the probe observed, alone or beside an abuser."""

    p95_s: float
    health_s: float
    """Slowest answer of `/health` in seconds; infinite if there was none."""
    unserved: int
    """Streams that did not end with close code 1000."""
    cpu_s: float
    """Processor time of the server, which other load on the machine does not change: it stays small
    where the server limits the abuser."""


class Health:
    """Requests `/health` on the live port continuously, until `stop`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._worst_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> float:
        """Stop; return the slowest answer, in seconds."""
        self._stopping.set()
        self._thread.join()
        return self._worst_s

    def _run(self) -> None:
        while not self._stopping.wait(PROBE_EVERY_S):
            begun = time.perf_counter()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
                connection.request("GET", "/health")
                connection.getresponse().read()
                connection.close()
            except OSError:
                self._worst_s = float("inf")
            self._worst_s = max(self._worst_s, time.perf_counter() - begun)


def measure(
    seconds: float = SECONDS, kinds: Sequence[str] = tuple(ABUSES), settle_s: float = SETTLE_S
) -> Iterator[Row]:
    """Yield each figure as soon as it is known. `seconds`: duration alone and of each kind."""
    streams = voices(STREAMS, seconds)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(
            api_port=0,
            web_port=0,
            data_dir=Path(folder) / "data",
            api_keys=(KEY,),
            max_sessions=0,
        ) as server,
    ):
        _beside(server, streams)  # warm-up
        alone = _beside(server, streams)
        yield Row("c", "alone: p95 of finals, slowest /health, processor", _shown(alone))
        for kind in kinds:
            yield from _abused(server, streams, kind, seconds, alone, settle_s)


def _beside(server: Served, streams: Sequence[SpokenSession]) -> Beside:
    cpu_s = server.cpu_s()
    health = Health(int(server.url.rpartition(":")[2]))
    plays = [(s.samples, f"language={s.language}&token={KEY}") for s in streams]
    try:
        played = asyncio.run(play_all(server.url, plays))
    finally:
        health_s = health.stop()
    waits = Waits()
    for session, one in zip(streams, played, strict=True):
        waits.add(session.sentences, one)
    unserved = sum(one.close_code != 1000 for one in played)
    return Beside(percentile(waits.final_s, 95), health_s, unserved, server.cpu_s() - cpu_s)


def _abused(
    server: Served,
    streams: Sequence[SpokenSession],
    kind: str,
    seconds: float,
    alone: Beside,
    settle_s: float,
) -> list[Row]:
    before_mb = server.rss_bytes() / 1e6
    context = multiprocessing.get_context("spawn")
    target = Target(server.url, server.api, server.web)
    abuser = context.Process(target=ABUSES[kind], args=(target, seconds + 5), daemon=True)
    abuser.start()
    try:
        beside = _beside(server, streams)
    finally:
        abuser.kill()
        abuser.join()
    settled_s, after_mb = _settle(server, before_mb, settle_s)
    more = beside.p95_s / alone.p95_s - 1
    return [
        Row(
            "c",
            f"{kind}: p95 of finals, slowest /health, processor",
            f"{_shown(beside)}; {100 * more:+.0f} %",
            f"<= +{100 * ASKED_MORE:.0f} %, {1000 * ASKED_HEALTH_S:.0f} ms",
            more <= ASKED_MORE and beside.health_s <= ASKED_HEALTH_S and not beside.unserved,
        ),
        Row(
            "c",
            f"{kind}: memory before and {settled_s:.0f} s after",
            f"{before_mb:.0f} MB, {after_mb:.0f} MB",
            f"<= +{ASKED_RSS_MB:.0f} MB",
            after_mb - before_mb <= ASKED_RSS_MB,
        ),
    ]


def _settle(server: Served, before_mb: float, settle_s: float) -> tuple[float, float]:
    """Wait until the memory is back to normal; → (seconds until then, MB at the end)."""
    begun = time.monotonic()
    while True:
        after_mb, passed_s = server.rss_bytes() / 1e6, time.monotonic() - begun
        if after_mb - before_mb <= ASKED_RSS_MB or passed_s >= settle_s:
            return passed_s, after_mb
        time.sleep(1)


def _shown(beside: Beside) -> str:
    lost = f", {beside.unserved} streams not served" if beside.unserved else ""
    times = f"{1000 * beside.p95_s:.0f} ms, {1000 * beside.health_s:.0f} ms"
    return f"{times}{lost}, {beside.cpu_s:.1f} s"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=SECONDS, help="of each kind")
    arguments.add_argument("--settle-s", type=float, default=SETTLE_S, help="for the memory")
    arguments.add_argument("--only", nargs="+", choices=list(ABUSES), default=list(ABUSES))
    given = arguments.parse_args()
    print(machine())
    show(measure(given.seconds, given.only, given.settle_s))


if __name__ == "__main__":
    main()
