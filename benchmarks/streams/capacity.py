"""Many paced streams at once: latencies, their trend, what is dropped, and where the time goes.

Held-out voices, or people (`--speech`), English and Korean in turn; every stream begins at another
sentence of a session and at another phase. The player is a separate process on the same machine and
takes some of its time. `--search` finds the largest number of streams with a p95 of the final
latency of at most 1 s. `--conversations` plays both sides of conversations, which take turns, one
stream per side. `--ceiling` sends everything at once without partials: how many streams the machine
could keep up with if it decoded nothing but their finals, and never waited.

Words are compared with those of the same streams, each on a model of its own that answers within a
packet: some of the streams, evenly spread, since those of one language stand together.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import Served, served
from benchmarks.shared.source import BUNDLED, Source, add_source
from benchmarks.shared.virtual import stream as played_alone
from benchmarks.shared.voices import conversation, rotated
from realtime.backends.base import Backend
from realtime.evaluation.word_errors import WordErrors, word_error_rate
from realtime.live.options import StreamOptions, session_options
from realtime.load_test.machine import machine
from realtime.load_test.player import Playback, play_all
from realtime.load_test.statistics import percentile, theil_sen
from realtime.load_test.synthetic.corpus import LONGEST_GAP_S, SHORTEST_GAP_S, SpokenSession
from realtime.load_test.waits import Waits
from realtime.weights.bundled import bundled_dir
from realtime.weights.inflate import inflate
from realtime.wire.config import StreamConfig

STREAMS = 24
SECONDS = 180.0
LIMIT_S = 1.0
"""Limit of the search for the p95 of the final latency."""
LADDER = (4, 8, 12, 16, 20, 24, 32, 40, 48, 64, 80)
POOL = 8
"""Number of different sessions; further streams play them starting at other sentences. As many
streams are also played alone."""
FINAL_S = 0.25
"""How long a final takes for a stream alone, so that it is decoded before it is due."""


@dataclass(slots=True)
class Load:
    """Results of one run."""

    streams: list[SpokenSession]
    played: list[Playback]
    waits: Waits
    cpu_s: dict[str, float]
    """CPU seconds per server thread over the run."""
    counters: dict[str, float]
    duration_s: float

    @property
    def p95_s(self) -> float:
        return percentile(self.waits.final_s, 95)


def voices(
    count: int, seconds: float, seed: int = 60, source: Source = BUNDLED
) -> list[SpokenSession]:
    """`count` streams of about `seconds` s."""
    languages = source.languages
    pools = [source.sessions(one, seconds, seed, POOL // len(languages)) for one in languages]
    pool = [session for pair in zip(*pools, strict=True) for session in pair]
    streams = []
    for number in range(count):
        session = pool[number % POOL]
        streams.append(rotated(session, (number // POOL * 7) % len(session.sentences)))
    return streams


def sides(
    count: int, seconds: float, seed: int = 60, source: Source = BUNDLED
) -> list[SpokenSession]:
    """`count` streams, every two of which are the sides of one conversation of `seconds` s."""
    rng = random.Random(f"{seed} turns")
    streams = voices(count + count % 2, seconds, seed, source)
    by_language = sorted(streams, key=lambda stream: stream.language)
    pairs = zip(by_language[::2], by_language[1::2], strict=True)
    talks = [
        conversation(pair, seconds, lambda: rng.uniform(SHORTEST_GAP_S, LONGEST_GAP_S))
        for pair in pairs
    ]
    return [side for talk in talks for side in talk][:count]


COUNTERS = (
    *("dropped_partials_total", "passes_total", "decoded_seconds_total", "finals_total"),
    *("partials_total", "decode_failures_total", "batch_size_sum", "batch_size_count"),
    *("event_loop_lag_seconds_sum", "event_loop_lag_seconds_count", "inference_seconds_sum"),
)


def run(
    server: Served, streams: Sequence[SpokenSession], options: str = "", *, paced: bool = True
) -> Load:
    """Play all streams at once; collect the server's messages and resource usage. `options`: of
    every stream, after its language, such as `&partials=false`."""
    threads, counters = server.cpu_by_thread(), {n: server.metric(n) for n in COUNTERS}
    plays = [(s.samples, f"language={s.language}{options}") for s in streams]
    played = asyncio.run(play_all(server.url, plays, paced=paced))
    after = server.cpu_by_thread()
    waits = Waits()
    for session, one in zip(streams, played, strict=True):
        waits.add(session.sentences, one)
    return Load(
        list(streams),
        played,
        waits,
        {name: seconds - threads.get(name, 0.0) for name, seconds in after.items()},
        {name: server.metric(name) - before for name, before in counters.items()},
        max(session.duration_s for session in streams),
    )


@contextmanager
def model(shape: str, source: Source = BUNDLED) -> Iterator[str]:
    """Value of the server's `--model`: the source's own weights, the bundled model, or the bundled
    model inflated to a stock shape."""
    if source.model is not None or shape == "micro":
        yield source.served
        return
    with tempfile.TemporaryDirectory() as folder:
        yield str(inflate(bundled_dir(), shape, Path(folder) / shape))


def spread(count: int, most: int = POOL) -> list[int]:
    """Indexes of at most `most` of `count` streams, evenly spread."""
    few = min(count, most)
    return [number * count // few for number in range(few)]


def alone(stream: SpokenSession, backend: Backend) -> str:
    """What a server without any other stream writes: with every partial and early final."""
    config = StreamConfig(language=stream.language)
    options = session_options(config, StreamOptions(backend.traits, FINAL_S))
    return played_alone(stream.samples, backend, options).text


def compared(load: Load, apart: Mapping[int, str]) -> tuple[WordErrors, WordErrors]:
    """Errors of the same streams together and alone. `apart`: texts by the stream's index."""
    spoken = {index: load.streams[index].text for index in apart}
    return (
        word_error_rate((text, load.played[index].text) for index, text in spoken.items()),
        word_error_rate((text, apart[index]) for index, text in spoken.items()),
    )


def rows_of(load: Load, shape: str, apart: Mapping[int, str]) -> list[Row]:
    """`apart`: what was written of some streams alone, by their index."""
    waits, name = load.waits, f"{len(load.streams)} streams, {shape}"
    rate, (together, single) = word_error_rate(_texts(load)).rate, compared(load, apart)
    slope = theil_sen(waits.final_at_s, waits.final_s) * 60
    closed = sum(one.close_code != 1000 for one in load.played)
    counters, busy = load.counters, sum(load.cpu_s.values())
    audio_s = sum(session.duration_s for session in load.streams)
    split = ", ".join(
        f"{thread} {100 * seconds / busy:.0f} %"
        for thread, seconds in sorted(_by_kind(load.cpu_s).items(), key=lambda item: -item[1])
    )
    return [
        Row("i", f"{name}: final latency", _spread(waits.final_s)),
        Row("i", f"{name}: first partial after the first word", _spread(waits.first_partial_s)),
        Row(
            "i",
            f"{name}: slope of the final latency over {load.duration_s:.0f} s (Theil-Sen)",
            f"{1000 * slope:+.0f} ms/min",
            "0",
            abs(slope) < 0.05,
        ),
        Row(
            "i",
            f"{name}: partials sent, dropped",
            f"{counters['partials_total']:.0f}, {counters['dropped_partials_total']:.0f}",
        ),
        Row(
            "i",
            f"{name}: utterances without a final, streams not closed with 1000, failed decodes",
            f"{waits.unanswered} of {waits.utterances}, {closed}, "
            f"{counters['decode_failures_total']:.0f}",
            "0, 0, 0",
            not (waits.unanswered or closed or counters["decode_failures_total"]),
        ),
        Row(
            "i",
            f"{name}: WER of {len(apart)} streams together, alone; of all together",
            f"{together.rate:.1f} %, {single.rate:.1f} %; {rate:.1f} %",
            "equal (0.5)",
            together.rate <= single.rate + 0.5,
        ),
        Row(
            "i",
            f"{name}: server's CPU",
            f"{busy / load.duration_s:.2f} cores, {1000 * busy / audio_s:.1f} ms a second of "
            f"audio; {split}",
        ),
        Row(
            "i",
            f"{name}: windows a call, passes a stream's minute, latest packet of ours",
            f"{counters['batch_size_sum'] / max(1, counters['batch_size_count']):.2f}, "
            f"{counters['passes_total'] / audio_s * 60:.0f}, "
            f"{max(one.late_s for one in load.played):.2f} s",
        ),
    ]


def _texts(load: Load) -> Iterator[tuple[str, str]]:
    for session, one in zip(load.streams, load.played, strict=True):
        yield session.text, one.text


def _spread(waits_s: Sequence[float]) -> str:
    p50, p95, p99 = (percentile(waits_s, percent) for percent in (50, 95, 99))
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s"


def _by_kind(cpu_s: dict[str, float]) -> dict[str, float]:
    """CPU seconds by kind of thread: engine workers, intake, event loop, CTranslate2's own."""
    kinds: dict[str, float] = {}
    for name, seconds in cpu_s.items():
        kind = {"MainThread": "event loop", "native": "CTranslate2"}.get(name)
        kind = kind or name.rstrip("0123456789").rstrip("-_")
        kinds[kind] = kinds.get(kind, 0.0) + seconds
    return kinds


def measure(
    shape: str = "base",
    count: int = STREAMS,
    seconds: float = SECONDS,
    source: Source = BUNDLED,
    streams_of: Callable[..., list[SpokenSession]] = voices,
) -> list[Row]:
    """`streams_of`: `voices` or `sides`."""
    streams = streams_of(count, seconds, source=source)
    with model(shape, source) as name, served(model=name) as server:
        load = run(server, streams)
    backend = source.backend()  # inflated weights write the words of the bundled ones
    try:
        apart = {index: alone(streams[index], backend) for index in spread(len(streams))}
    finally:
        backend.close()
    return rows_of(load, shape, apart)


def ceiling(
    shape: str,
    count: int,
    seconds: float,
    source: Source = BUNDLED,
    streams_of: Callable[..., list[SpokenSession]] = voices,
) -> list[Row]:
    """What finals alone cost while all cores are busy with them."""
    streams = streams_of(count, seconds, source=source)
    audio_s = sum(session.duration_s for session in streams)
    with model(shape, source) as name, served(model=name) as server:
        started = time.monotonic()
        load = run(server, streams, "&partials=false", paced=False)
        taken_s = time.monotonic() - started
    busy_s, decoded_s = sum(load.cpu_s.values()), load.counters["inference_seconds_sum"]
    return [
        Row(
            "i",
            f"{shape}: finals of {count} streams, {audio_s:.0f} s, sent at once without partials",
            f"{audio_s / taken_s:.1f} streams' audio a second; {busy_s / taken_s:.2f} cores, "
            f"{1000 * busy_s / audio_s:.0f} ms of processor a second of audio; "
            f"{1000 * decoded_s / load.counters['finals_total']:.0f} ms a final",
        )
    ]


def search(
    shape: str,
    seconds: float = 40.0,
    ladder: Sequence[int] = LADDER,
    source: Source = BUNDLED,
    streams_of: Callable[..., list[SpokenSession]] = voices,
) -> list[Row]:
    """Add streams until the p95 of the final latency exceeds `LIMIT_S`."""
    streams, rows, best = streams_of(max(ladder), seconds, source=source), [], 0
    with model(shape, source) as name, served(model=name) as server:
        for count in ladder:
            load = run(server, streams[:count])
            cores = sum(load.cpu_s.values()) / load.duration_s
            rows.append(
                Row(
                    "i",
                    f"{shape}: {count} streams for {seconds:g} s: final latency",
                    f"{_spread(load.waits.final_s)}; {cores:.2f} cores",
                )
            )
            if not load.p95_s <= LIMIT_S:
                break
            best = count
    rows.append(
        Row("i", f"{shape}: streams at which p95 of the final latency is <= 1 s", str(best))
    )
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--shape", default="base", help="micro, tiny, base, small …")
    arguments.add_argument("--streams", type=int, default=STREAMS)
    arguments.add_argument("--seconds", type=float, default=SECONDS)
    arguments.add_argument("--search", action="store_true", help="how many streams for p95 <= 1 s")
    arguments.add_argument("--ladder", type=int, nargs="+", default=LADDER, help="for the search")
    arguments.add_argument(
        "--conversations", action="store_true", help="sides of conversations, instead of sessions"
    )
    arguments.add_argument("--ceiling", action="store_true", help="finals alone, nobody waits")
    add_source(arguments)
    given = arguments.parse_args()
    print(machine())
    source = Source.of(given)
    streams_of = sides if given.conversations else voices
    shape = given.model.name if given.model else given.shape
    if given.ceiling:
        show(ceiling(shape, given.streams, given.seconds, source, streams_of))
    elif given.search:
        show(search(shape, given.seconds, given.ladder, source, streams_of))
    else:
        show(measure(shape, given.streams, given.seconds, source, streams_of))


if __name__ == "__main__":
    main()
