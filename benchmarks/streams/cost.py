"""What a stream costs beside the model: processor time, the detector's share, memory.

A real server with the scripted backend, whose own time is negligible; the time spent in its
`decode` and in the detector is measured on their threads and reported separately. Memory is the
slope of the server's resident size over 0, half and all connections.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import numpy as np
from websockets.asyncio.client import connect

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import Served, served
from benchmarks.shared.sounds import white
from benchmarks.shared.voices import EDGE_S, corpus, respaced
from realtime.app import detectors
from realtime.backends.base import BackendInfo
from realtime.backends.scripted import Script, ScriptedBackend
from realtime.backends.whisper.traits import traits_for
from realtime.load_test.machine import machine
from realtime.load_test.player import play_all
from realtime.settings import Settings
from realtime.traits import Traits
from realtime.types import SAMPLE_RATE, Hypothesis, Samples, Window, WindowShape
from realtime.vad.base import Probabilities, SpeechDetector
from realtime.weights.bundled import bundled_dir, samples
from realtime.weights.resolve import ResolvedModel

PACKET = 1600
WORDS = " ".join(["one two three four five six seven eight nine ten"] * 200)
"""Text of 800 s of speech without a pause."""
QUERY = "language=en&prompt=count"


@dataclass(slots=True)
class Meter:
    """Processor seconds of the metered parts of a server."""

    spent_s: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, part: str, seconds: float) -> None:
        with self.lock:
            self.spent_s[part] = self.spent_s.get(part, 0.0) + seconds


SAMPLED = 16
"""Only one in this many calls of the detector is timed: reading a thread's clock is a system
call, and two of them per packet took a quarter of the event loop's time (py-spy)."""
METER = Meter()
"""Meter of the server's process."""


class MeteredBackend:
    """A `Backend` whose decodes are metered, with the bundled model's traits."""

    def __init__(self, inner: ScriptedBackend) -> None:
        self._inner = inner
        self._traits = traits_for(bundled_dir())

    @property
    def info(self) -> BackendInfo:
        return self._inner.info

    @property
    def traits(self) -> Traits:
        return self._traits

    @property
    def max_batch(self) -> int:
        return self._inner.max_batch

    @property
    def max_file_batch(self) -> int:
        return self._inner.max_file_batch

    @property
    def lost(self) -> bool:
        return self._inner.lost

    def kill(self) -> None:
        self._inner.kill()

    @property
    def workers(self) -> int:
        return self._inner.workers

    @property
    def file_workers(self) -> int:
        return self._inner.file_workers

    def group_key(self, shape: WindowShape) -> Hashable:
        return self._inner.group_key(shape)

    def cost_s(self, key: Hashable, batch: int) -> float:
        return self._inner.cost_s(key, batch)

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        begun = time.thread_time()
        try:
            return self._inner.decode(windows)
        finally:
            METER.add("model", time.thread_time() - begun)

    def close(self) -> None:
        self._inner.close()


class MeteredDetector:
    """A `SpeechDetector` that is metered."""

    def __init__(self, inner: SpeechDetector) -> None:
        self._inner = inner
        self._calls = 0

    def probabilities(self, samples: Samples) -> Probabilities:
        self._calls += 1
        if self._calls % SAMPLED:
            return self._inner.probabilities(samples)
        begun = time.thread_time()
        try:
            return self._inner.probabilities(samples)
        finally:
            METER.add("vad", SAMPLED * (time.thread_time() - begun))

    def reset(self) -> None:
        self._inner.reset()


def metered(resolved: ResolvedModel, settings: Settings) -> MeteredBackend:
    """`load` for `served`: meters everything but the server's own work."""
    make: Callable[[], SpeechDetector] = detectors.DETECTORS["silero"]
    detectors.DETECTORS["silero"] = lambda: MeteredDetector(make())
    # Streams without the prompt, such as the start-up self-test, get the first recording's text.
    scripts = {"": Script.evenly(samples()[0].text), "count": Script.evenly(WORDS)}
    return MeteredBackend(ScriptedBackend(scripts))


def spent(question: str) -> dict[str, float]:
    """`answers` for `served`: the meter's sums."""
    return dict(METER.spent_s)


def speech(seconds: float) -> Samples:
    """Speech of held-out voices without pauses."""
    sessions = [*corpus("en", 30), *corpus("ko", 30)]
    spoken = [respaced(session, session.sentences, lambda: 0.0) for session in sessions]
    edge = round(EDGE_S * SAMPLE_RATE)
    audio = np.concatenate([session.samples[edge:-edge] for session in spoken])
    return np.resize(audio, round(seconds * SAMPLE_RATE))


def detector_ms(audio: Samples) -> float:
    """Processor ms per second of audio of the default detector, in packets of 0.1 s."""
    detector = detectors.make_detector("silero")
    frames = audio[: len(audio) // 512 * 512]
    detector.probabilities(frames[:512])  # loads the network
    begun = time.process_time()
    position = 0
    for received in range(PACKET, len(frames), PACKET):
        ready = received // 512 * 512
        detector.probabilities(frames[position:ready])
        position = ready
    return 1000 * (time.process_time() - begun) / (len(audio) / SAMPLE_RATE)


def cpu_rows(server: Served, audio: Samples, count: int, what: str, allowed: float) -> list[Row]:
    """Measure `count` streams of `audio` in real time."""
    before, cpu_s = server.ask("spent"), server.cpu_s()
    asyncio.run(play_all(server.url, [(audio, QUERY)] * count))
    cpu_s = server.cpu_s() - cpu_s
    after = server.ask("spent")
    parts = {part: after[part] - before.get(part, 0.0) for part in after}
    ms = 1000 / (count * len(audio) / SAMPLE_RATE)
    own = (cpu_s - sum(parts.values())) * ms
    return [
        Row(
            "j",
            f"CPU a second of audio outside model and VAD, {count} streams, {what}",
            f"{own:.2f} ms (VAD in the server {parts.get('vad', 0.0) * ms:.2f} ms)",
            f"<= {allowed:g} ms",
            own <= allowed,
        )
    ]


async def _idle(server: Served, count: int) -> list[tuple[int, int]]:
    """(connections, resident bytes) with no, half and all connections open and silent."""
    points: list[tuple[int, int]] = []
    async with AsyncExitStack() as stack:
        for target in (0, count // 2, count):
            have = points[-1][0] if points else 0
            for _ in range(target - have):
                socket = await stack.enter_async_context(connect(server.url, compression=None))
                await socket.recv()
            await asyncio.sleep(1.0)
            points.append((target, server.rss_bytes()))
    return points


async def _talking(server: Served, count: int, audio: Samples) -> list[tuple[int, int]]:
    """Like `_idle`, with streams in the middle of speech without pauses."""
    points = [(0, server.rss_bytes())]
    for target in (count // 2, count):
        playing = asyncio.create_task(play_all(server.url, [(audio, QUERY)] * target))
        highest = 0
        while not playing.done():
            await asyncio.sleep(0.5)
            highest = max(highest, server.rss_bytes())
        playing.result()
        points.append((target, highest))
    return points


def _slope(points: Sequence[tuple[int, int]]) -> float:
    """Resident bytes per connection."""
    connections, resident = zip(*points, strict=True)
    return float(np.polyfit(connections, resident, 1)[0])


def measure(
    loads: Sequence[int] = (20, 64), seconds: float = 30.0, connections: int = 200
) -> list[Row]:
    """`loads`: numbers of concurrent streams; `seconds`: audio of each; `connections`: idle
    connections, and a third as many talking ones."""
    talk = speech(seconds)
    silent = np.zeros(len(talk), np.float32)
    rows = []
    with served(metered, spent, model=str(bundled_dir())) as server:
        for streams in loads:
            rows += cpu_rows(server, talk, streams, "speech without pauses", 3.0)
            rows += cpu_rows(server, silent, streams, "digital silence", 3.0)
    room = white(-50)(len(talk))
    for name, audio, allowed in (
        ("speech without pauses", speech(60), 7.0),
        ("digital silence", silent, 1.0),
        ("white noise, -50 dBFS", room, 1.0),
    ):
        cost = min(detector_ms(audio) for _ in range(3))
        rows.append(
            Row(
                "j",
                f"VAD a second of audio, {name} (best of 3)",
                f"{cost:.2f} ms",
                f"<= {allowed:g} ms",
                cost <= allowed,
            )
        )
    with served(metered, spent, model=str(bundled_dir())) as server:
        idle = _slope(asyncio.run(_idle(server, connections))) / 1024
    with served(metered, spent, model=str(bundled_dir())) as server:
        talking = _slope(asyncio.run(_talking(server, connections // 3, talk))) / 1024**2
    rows.append(
        Row(
            "j",
            f"memory an idle connection (0 … {connections})",
            f"{idle:.0f} KiB",
            "<= 100 KiB",
            idle <= 100,
        )
    )
    rows.append(
        Row(
            "j",
            f"memory a talking connection (0 … {connections // 3})",
            f"{talking:.2f} MiB",
            "<= 2 MiB",
            talking <= 2,
        )
    )
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--streams", type=int, nargs="+", default=(20, 64))
    arguments.add_argument("--seconds", type=float, default=30)
    arguments.add_argument("--connections", type=int, default=200)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.streams, given.seconds, given.connections))


if __name__ == "__main__":
    main()
