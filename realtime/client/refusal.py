"""Decides what follows a failed or broken connection: retry, start a new session, or give up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from websockets.exceptions import InvalidStatus

from realtime.client.events import Error
from realtime.client.session import SESSION_UNKNOWN

NO_RETRY: Final = frozenset({1002, 1003, 1007, 1008, 1009, 1010})
"""Close codes after which the same bytes would be refused again."""
RETRY_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses of a refused handshake after which a later try may succeed."""


@dataclass(frozen=True, slots=True)
class RetryVerdict:
    """What to do after a connection has ended."""

    retry: bool
    code: str
    message: str
    after_s: float = 0.0

    @property
    def session_unknown(self) -> bool:
        """Whether the server no longer knows the session to resume."""
        return self.code == SESSION_UNKNOWN


def judge_close(code: int | None, reason: str | None, failure: Error | None) -> RetryVerdict:
    """Judge the close of an open connection. `failure`: the fatal error that the server sent before
    it."""
    retry = code not in NO_RETRY
    if failure is not None:
        after_s = _seconds(failure.raw.get("retry_after_s"))
        return RetryVerdict(retry, failure.code, failure.message, after_s)
    if code == 1000:
        return RetryVerdict(
            False, "closed", reason or "The server closed the stream before its end."
        )
    if code is None or code == 1006:
        return RetryVerdict(True, "disconnected", "The connection broke.")
    return RetryVerdict(retry, f"closed_{code}", reason or f"The server closed with code {code}.")


def judge_status(refused: InvalidStatus) -> RetryVerdict:
    """Judge a handshake that got an HTTP error, with a JSON body if it came from our server."""
    response = refused.response
    status = response.status_code
    code, message = f"http_{status}", f"The server answered with HTTP status {status}."
    try:
        body = json.loads(response.body or b"")
    except ValueError:
        body = None
    if isinstance(body, dict):
        # Our server's error is in `detail`; a proxy in front may use another form.
        inner = [item for item in (body.get("detail"), body.get("error")) if isinstance(item, dict)]
        said = [*inner, body][0]
        code = str(said.get("code", code))
        message = str(said.get("message", message))
    after_s = _seconds(response.headers.get("Retry-After"))
    return RetryVerdict(status in RETRY_STATUS, code, message, after_s)


def _seconds(value: object) -> float:
    """A `Retry-After` in seconds; 0.0 without one, or for a date, which no server here sends."""
    if isinstance(value, int | float) and 0 <= value <= 3600:
        return float(value)
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= 6:
        return float(value)
    return 0.0
