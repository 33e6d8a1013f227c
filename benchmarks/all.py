"""Run every benchmark in turn: in a short form (about 20 minutes), or `--full` (some hours)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.files import beside_streams, damaged, memory, over_http, speed, words
from benchmarks.files import fuzz as http_fuzz
from benchmarks.jobs import fuzz as jobs_fuzz
from benchmarks.jobs import survival
from benchmarks.recognition import accuracy, cuts, silence
from benchmarks.shared.rows import Row, parser, show
from benchmarks.streams import abuse, capacity, cost, formats, latency, promises, startup
from realtime.load_test.machine import machine


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One row, or two, of the first table in `benchmarks/figures/method.md`."""

    name: str
    short: Callable[[], list[Row]]
    full: Callable[[], list[Row]]


BENCHMARKS = (
    Benchmark("startup", lambda: startup.measure(1), startup.measure),
    Benchmark(
        "accuracy",
        lambda: accuracy.measure(60, (5.0, 2.0)),
        lambda: accuracy.measure(400, real_pace_s=60),
    ),
    Benchmark("formats", lambda: formats.measure(20, 1), formats.measure),
    Benchmark("cuts", lambda: cuts.measure(40, (2.0, 2.5, 3.1)), cuts.measure),
    Benchmark("silence", lambda: silence.bundled(1), lambda: silence.bundled(silence.MINUTES)),
    Benchmark("promises", lambda: promises.measure(200), promises.measure),
    Benchmark("latency", lambda: latency.measure(16), latency.measure),
    Benchmark(
        "capacity",
        lambda: capacity.measure("micro", 8, 20),
        lambda: [
            *capacity.measure(),
            *capacity.search("base", ladder=(4, 8, 12, 16, 20, 24)),
            *capacity.search("micro"),
        ],
    ),
    Benchmark("files_speed", lambda: speed.measure(60, 1), speed.measure),
    Benchmark("files_words", lambda: words.measure(60), words.measure),
    Benchmark("files_memory", lambda: memory.measure(0.1, 1), memory.measure),
    Benchmark("files_live", lambda: beside_streams.measure(seconds=15), beside_streams.measure),
    Benchmark("files_damaged", lambda: damaged.measure(5, 10), damaged.measure),
    Benchmark("http_files", lambda: over_http.measure("micro", 20, 1), over_http.measure),
    Benchmark("http_fuzz", lambda: http_fuzz.measure(20), http_fuzz.measure),
    Benchmark("jobs", lambda: survival.measure(10, 2, 50, 20), survival.measure),
    Benchmark("jobs_fuzz", lambda: jobs_fuzz.measure(20), jobs_fuzz.measure),
    Benchmark("abuse", lambda: list(abuse.measure(10, settle_s=5)), lambda: list(abuse.measure())),
    Benchmark("cost", lambda: cost.measure((20,), 10, 60), cost.measure),
)


def main() -> None:
    names = [benchmark.name for benchmark in BENCHMARKS]
    arguments = parser(__doc__)
    arguments.add_argument("--full", action="store_true", help="the figures of the README")
    arguments.add_argument("--only", nargs="+", choices=names, default=names, help="some of them")
    given = arguments.parse_args()
    print(machine())
    for benchmark in BENCHMARKS:
        if benchmark.name in given.only:
            print(f"\n### {benchmark.name}\n", flush=True)
            show(benchmark.full() if given.full else benchmark.short())


if __name__ == "__main__":
    main()
