"""Every benchmark, one after the other: short (about 20 minutes), or `--full` (some hours)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import (
    abuse,
    accuracy,
    capacity,
    cost,
    cuts,
    files_damaged,
    files_live,
    files_memory,
    files_speed,
    files_words,
    formats,
    http_files,
    http_fuzz,
    jobs,
    jobs_fuzz,
    latency,
    promises,
    silence,
    startup,
)
from benchmarks.support import Row, parser, show
from realtime.load_test.machine import machine


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One row, or two, of the first table in `benchmarks/README.md`."""

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
    Benchmark("files_speed", lambda: files_speed.measure(60, 1), files_speed.measure),
    Benchmark("files_words", lambda: files_words.measure(60), files_words.measure),
    Benchmark("files_memory", lambda: files_memory.measure(0.1, 1), files_memory.measure),
    Benchmark("files_live", lambda: files_live.measure(seconds=15), files_live.measure),
    Benchmark("files_damaged", lambda: files_damaged.measure(5, 10), files_damaged.measure),
    Benchmark("http_files", lambda: http_files.measure("micro", 20, 1), http_files.measure),
    Benchmark("http_fuzz", lambda: http_fuzz.measure(20), http_fuzz.measure),
    Benchmark("jobs", lambda: jobs.measure(10, 2, 50, 20), jobs.measure),
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
