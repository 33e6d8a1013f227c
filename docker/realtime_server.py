"""`python realtime_server.py [FLAGS]`: `realtime serve [FLAGS]` under its former name."""

import sys

from realtime.cli import main

main(["serve", *sys.argv[1:]])
