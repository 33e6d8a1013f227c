"""Errors of the client library.

RealtimeError
├── Refused        the server refused and would refuse again, with its code and sentence
├── Disconnected   the connection broke and could not be restored in time
└── SetupError
    ├── Unreachable   no server answers at the address
    ├── BadSource     the audio cannot be read
    └── NoMicrophone  no microphone, or the package for it is not installed
"""

from __future__ import annotations

from typing import Final

from realtime.errors import RealtimeError, SetupError

TRUST_ADVICE: Final = (
    "Name its certificate in the variable SSL_CERT_FILE, and use the host name that it names."
)
"""What helps where a server's certificate is not trusted."""
KEY_ADVICE: Final = "Give a key with --token or STT_TOKEN."
"""What helps at a terminal where a server wants a key, or another one."""


class Refused(RealtimeError):
    """The server refused. `reason_code` is the server's code (`bad_option`, `unauthorized`, …)."""

    code, fault = "refused", "client"

    def __init__(
        self, message: str, reason_code: str = "refused", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.reason_code = reason_code


class Disconnected(RealtimeError):
    """The connection broke and could not be restored in time."""

    code, fault = "disconnected", "server"


class Unreachable(SetupError):
    """No server of this kind answers at the address."""

    code = "unreachable"


class BadSource(SetupError):
    """The audio to be sent cannot be read."""

    code = "bad_source"


class NoMicrophone(SetupError):
    """There is no microphone, or the package for it is not installed."""

    code = "no_microphone"


class NoKeyboard(SetupError):
    """There is nothing that could type into the focused window."""

    code = "no_keyboard"
