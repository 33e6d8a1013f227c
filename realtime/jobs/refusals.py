"""Errors of a remote API → this program's own errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from realtime import errors
from realtime.errors import BadRequest, DecodeFailed, MessageTooBig, RealtimeError

TEMPORARY = frozenset({"busy", "cancelled", "slow_upload", "slow_consumer"})
"""Codes of errors that the file did not cause."""
FOR_GOOD: Mapping[int, type[RealtimeError]] = {
    400: BadRequest,
    413: MessageTooBig,
    422: BadRequest,
}
"""HTTP status → error that ends the job. After any other status a later attempt may succeed."""


def failed(error: Mapping[str, Any]) -> RealtimeError:
    """The error of a failed file. `error`: `{"code", "message", …}` of the API, in English."""
    code, message = str(error.get("code", "")), str(error.get("message", ""))
    kind = _kinds().get(code)
    if kind is None or code in TEMPORARY:
        why = f" ({code})" if code else ""
        return DecodeFailed(
            f"The API at STT_API_URL ended before the file was done{why}: retry the job."
        )
    return kind(message)


def refused(status: int, body: bytes) -> RealtimeError:
    """The error of a refused request. `body`: `{"detail": {"code", …}}`, or anything."""
    error = detail(body)
    code, field = str(error.get("code", "")), error.get("field")
    what = ", ".join(
        [str(status), *([code] if code else []), *([f"field {field}"] if field else [])]
    )
    if status in (401, 403):
        return DecodeFailed(
            f"The API at STT_API_URL refuses this process's key ({what}): set the same "
            "STT_API_KEYS on both."
        )
    if kind := FOR_GOOD.get(status):
        return kind(
            f"The API at STT_API_URL does not accept this file ({what}): correct it and send it "
            "again.",
            answered=code,
        )
    return DecodeFailed(
        f"The API at STT_API_URL answered {what}: check that a realtime-whisper server runs there, "
        "and see its log."
    )


def detail(body: bytes) -> Mapping[str, Any]:
    """The error in an answer of the API; empty where realtime-whisper did not send the answer."""
    try:
        error = orjson.loads(body)["detail"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def _kinds() -> Mapping[str, type[RealtimeError]]:
    """Code → error. Where several classes share a code, the last, most specific one."""
    return {
        kind.code: kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, RealtimeError) and kind.fault != "operator"
    }
