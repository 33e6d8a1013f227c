"""The signals that ask a process to finish what it does and end."""

from __future__ import annotations

import signal


def stop_signals() -> tuple[signal.Signals, ...]:
    """SIGTERM, SIGINT, and SIGHUP (the terminal or parent is gone) unless the process ignores it
    (`nohup`)."""
    signals = (signal.SIGTERM, signal.SIGINT)
    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)  # not on Windows
    if hang_up is None or signal.getsignal(hang_up) is signal.SIG_IGN:
        return signals
    return (*signals, hang_up)
