"""`python -m benchmarks.load_test …` is `realtime load-test …`."""

import sys

from realtime.cli import main

if __name__ == "__main__":
    main(["load-test", *sys.argv[1:]])
