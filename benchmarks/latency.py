"""`python -m benchmarks.latency`: the short way to `benchmarks.streams.latency`."""

from benchmarks.streams.latency import main

if __name__ == "__main__":
    main()
