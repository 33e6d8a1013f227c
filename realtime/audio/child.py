"""Starts a decoder process, talks to it over a socket, and ends it without leaving a zombie."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import weakref

RECORD_TIMEOUT_S = 60.0
"""Longest time between two records. Decoding takes milliseconds and starting the process 0.2 s, so
beyond this the machine is very busy or the data has confused the decoder, which has a limit of CPU
time besides (`decoder.CPU_FLOOR_S`)."""
MAX_RECORD_BYTES = 64 << 20
ENDING_S = 1.0
"""Longest time between the end of a process's socket and its exit, which takes microseconds."""
ENDED_FROM_OUTSIDE = frozenset(
    {0, *(-number for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP))}
)
"""Exit codes that no file can cause: files cause a segmentation fault, an abort, a memory error or
SIGXCPU. SIGKILL comes from the kernel when memory runs out, or from people."""

_CHILD = (
    "import os, sys; os.dup2({link}, 3) if {link} != 3 else None; "
    "os.closerange(4, {link} + 1); os.set_inheritable(3, False); sys.path[:] = {path!r}; "
    "from realtime.audio.decoder import main; main()"
)
_RECORD_HEADER_BYTES = 5  # decoder.RECORD


class Child:
    """One decoder process and the socket to it."""

    def __init__(self, timeout_s: float = RECORD_TIMEOUT_S) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            link = theirs.fileno()
            code = _CHILD.format(link=link, path=sys.path)
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", "-c", code],
                pass_fds=(link,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # No secrets of the server, and no thread pools for libraries that never use them.
                env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
                start_new_session=True,  # the terminal's Ctrl-C is for the server
            )
        self._link = ours
        self._link.settimeout(timeout_s)
        # A process that exits by itself, or is killed while idle, would stay a zombie.
        threading.Thread(
            target=self._process.wait, name=f"decoder-{self._process.pid}", daemon=True
        ).start()
        self.kill = weakref.finalize(self, _end, self._process, self._link)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether the process runs and `kill` has not been called."""
        return self._process.poll() is None and self.kill.alive

    @property
    def was_ended(self) -> bool:
        """Whether the process has ended for a reason other than its file: a person or the system
        killed it, or it exited by itself. Waits up to `ENDING_S` for one that is exiting."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDING_S)
        return self._process.returncode in ENDED_FROM_OUTSIDE

    def ask(self, descriptor: int, request: dict[str, object]) -> None:
        """Send a request and its file. Raises OSError where the process is gone."""
        socket.send_fds(self._link, [json.dumps(request).encode()], [descriptor])

    def record(self) -> tuple[bytes, bytearray]:
        """The next record of the answer. Raises TimeoutError, and OSError where the process has
        died."""
        header = self._exactly(_RECORD_HEADER_BYTES)
        length = int.from_bytes(header[1:], sys.byteorder)
        if length > MAX_RECORD_BYTES:
            raise ConnectionError("the decoder's answer is not valid")
        return bytes(header[:1]), self._exactly(length)

    def _exactly(self, count: int) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while len(view):
            got = self._link.recv_into(view)
            if not got:
                raise ConnectionResetError("the decoder died")
            view = view[got:]
        return data


def _end(process: subprocess.Popen[bytes], link: socket.socket) -> None:
    """Kill the process, and leave no zombie."""
    process.kill()
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)  # wakes a thread that reads
    link.close()
    process.wait()
