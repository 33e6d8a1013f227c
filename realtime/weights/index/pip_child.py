"""A process that runs pip, and ends with its parent. Imports nothing from this package.

Run as a file: `python -P pip_child.py FOLDER ARGUMENT …`; FOLDER is deleted if the parent is gone.
"""

import os
import runpy
import shutil
import sys
import threading


def _end_with_the_asker(folder: str) -> None:
    """Wait for the parent's end. Standard input is a pipe into which the parent writes nothing: it
    closes however the parent ends, SIGKILL included."""
    os.read(0, 1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_asker, args=(sys.argv[1],), daemon=True).start()
    sys.argv = ["pip", *sys.argv[2:]]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
