"""A process that runs pip, and ends with the one that asked for it. Imports nothing of ours.

Run as a file: `python -P pip_child.py FOLDER ARGUMENT …`; FOLDER is deleted where the asker is
gone.
"""

import os
import runpy
import shutil
import sys
import threading


def _end_with_the_asker(folder: str) -> None:
    """Standard input is a pipe into which nothing is written: it ends when the other end does, in
    whatever way, SIGKILL included."""
    os.read(0, 1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_asker, args=(sys.argv[1],), daemon=True).start()
    sys.argv = ["pip", *sys.argv[2:]]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
