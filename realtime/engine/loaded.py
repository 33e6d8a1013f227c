"""A loaded model, shared by its users."""

from __future__ import annotations

import threading

from realtime.backends.base import Backend
from realtime.engine.edge import tell


class Loaded:
    """A backend that counts its users, so that the last one closes it, once."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._lock = threading.Lock()
        self._users = 0
        self._retired = False
        self._closed = threading.Event()

    def acquire(self) -> bool:
        """Begin to use the backend. False: it is retired; get the current one again."""
        with self._lock:
            if not self._retired:
                self._users += 1
            return not self._retired

    def release(self) -> None:
        """Stop using the backend; the last user of a retired one closes it."""
        with self._lock:
            self._users -= 1
            last = self._retired and self._users == 0
        if last:
            self._close()

    def retire(self) -> None:
        """Close the backend now, or when its last user releases it. A second call does nothing."""
        with self._lock:
            unused = not self._retired and self._users == 0
            self._retired = True
        if unused:
            self._close()

    def wait_closed(self, timeout_s: float) -> bool:
        """After `retire`, wait until the last user has released it. False: it still decodes."""
        return self._closed.wait(timeout_s)

    def _close(self) -> None:
        tell(self.backend.close)
        self._closed.set()
