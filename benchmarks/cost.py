"""`python -m benchmarks.cost`: the short way to `benchmarks.streams.cost`."""

from benchmarks.streams.cost import main

if __name__ == "__main__":
    main()
