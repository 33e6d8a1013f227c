"""One tree of errors. Each has a wire code, an HTTP status, a WebSocket close code, and says whose
fault it is.

RealtimeError
├── ClientError                 fault = "client"
│   ├── BadOption               400  1008  bad_option
│   ├── BadMessage              400  1008  bad_message        (streams continue)
│   ├── Unauthorized            401  1008  unauthorized
│   ├── Forbidden               403  1008  access_denied
│   ├── NotFound                404  1008  not_found
│   ├── Gone                    410  1008  gone
│   ├── MethodNotAllowed        405  1008  method_not_allowed
│   ├── MissingFile             404  1008  file_not_found
│   ├── BadRequest              422  1008  bad_request
│   ├── Conflict                409  1008  conflict
│   ├── Outdated                412  1008  outdated
│   ├── MessageTooBig           413  1009  too_large
│   ├── NotAudio                415  1003  not_audio
│   ├── UnknownModel            400  1008  model_not_found
│   ├── UnknownSession          404  1008  session_not_found
│   ├── LimitReached            429  1008  busy
│   ├── SlowConsumer            408  1013  slow_consumer
│   ├── Idle                    408  1008  idle
│   └── SlowUpload              408  1008  slow_upload
├── ServerError                 fault = "server"
│   ├── Overloaded              503  1013  overloaded
│   ├── Draining                503  1012  draining
│   ├── NotReady                503  1013  not_ready
│   ├── DecodeFailed            500  1011  decode_failed
│   │   └── ModelEnded          500  1011  decode_failed         (handled by the engine)
│   ├── LoadFailed              500  1011  load_failed
│   ├── OutOfMemory             507  1013  out_of_memory
│   ├── DiskFull                507  1013  disk_full
│   ├── ProviderAuth            502  1011  provider_auth         (a cloud backend refused our key)
│   └── ProviderUnreachable     502  1011  provider_unreachable
└── SetupError                  fault = "operator"; exit code 2: wrong path, port in use, no model …
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal

Fault = Literal["client", "server", "operator"]

HIDDEN = "***"
_IN_ADDRESS = re.compile(r"(://[^\s:@/]*:)\S*(?=@)")
"""`user:password@`, up to the last @, since an unescaped password may contain one."""
_IN_QUERY = re.compile(
    r"(?i)(?<![a-z0-9])((?:ssl)?password|passwd|pwd|(?:api[_-]?)?key|token|secret)=[^\s&]+"
)


def without_passwords(text: str) -> str:
    """The text, with stars for passwords and keys in its addresses: `redis://:***@host/0`."""
    if "://" not in text:
        return text
    return _IN_QUERY.sub(rf"\1={HIDDEN}", _IN_ADDRESS.sub(rf"\1{HIDDEN}", text))


RULES: Final[Mapping[str, str]] = {
    "value_error": "{error}",
    "int_": "it must be a whole number",
    "float_": "it must be a number",
    "decimal_": "it must be a number",
    "finite_number": "it must be a finite number",
    "bool_": "it must be true or false",
    "string_too_long": "it must have at most {max_length} characters",
    "string_too_short": "it must have at least {min_length} characters",
    "string_pattern_mismatch": "it must match {pattern}",
    "string_type": "it must be text",
    "greater_than_equal": "it must be at least {ge}",
    "greater_than": "it must be above {gt}",
    "less_than_equal": "it must be at most {le}",
    "less_than": "it must be below {lt}",
    "literal_error": "it must be {expected}",
    "enum": "it must be {expected}",
    "too_long": "it must have at most {max_length} entries",
    "too_short": "it must have at least {min_length} entries",
    "list_type": "it must be a list",
    "tuple_type": "it must be a list",
    "model_": "it must be an object of fields",
    "extra_forbidden": "there is no such field",
    "missing": "it is missing",
}
"""How pydantic's kinds of errors begin → what is wrong, in the words of a user; of several that
fit, the first stands."""


def broken_rule(first: Mapping[str, Any]) -> str:
    """What is wrong with a value, as a clause such as `it must be a whole number`, without the
    library's own words. `first`: an entry of the list of a pydantic error."""
    kind = str(first["type"])
    clause = next((text for start, text in RULES.items() if kind.startswith(start)), "{error}")
    known = {"error": str(first["msg"]).removeprefix("Value error, "), **first.get("ctx", {})}
    return clause.format_map(known).removesuffix(".")


class RealtimeError(Exception):
    """Base of all errors that may reach a user. `str(error)` is a sentence that says what to do."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    close_code: ClassVar[int] = 1011
    fault: ClassVar[Fault] = "server"

    def __init__(self, message: str, *, retry_after_s: float | None = None, **details: Any) -> None:
        shown = without_passwords(message)
        super().__init__(shown)
        self.message = shown
        self.retry_after_s = retry_after_s
        self.details = details
        """Further keys of the answer, such as `field` or `available`."""
        self.hints: dict[str, str] = {}
        """Values for sentences in other languages (`wire.texts`), which are not sent: `choices`,
        `range`."""


class ClientError(RealtimeError):
    code, http_status, close_code, fault = "bad_request", 400, 1008, "client"


class BadOption(ClientError):
    code = "bad_option"


class BadMessage(ClientError):
    code = "bad_message"


class Unauthorized(ClientError):
    code, http_status = "unauthorized", 401


class Forbidden(ClientError):
    code, http_status = "access_denied", 403


class NotFound(ClientError):
    code, http_status = "not_found", 404


class Gone(ClientError):
    code, http_status = "gone", 410


class MethodNotAllowed(ClientError):
    """`allowed`: the methods that the address has."""

    code, http_status = "method_not_allowed", 405


class MissingFile(NotFound):
    code = "file_not_found"


class BadRequest(ClientError):
    http_status = 422


class Conflict(ClientError):
    code, http_status = "conflict", 409


class Outdated(ClientError):
    code, http_status = "outdated", 412


class MessageTooBig(ClientError):
    code, http_status, close_code = "too_large", 413, 1009


class NotAudio(ClientError):
    """`reason`, where it is known: `no_track`, `no_samples` (it ends after its header), or
    `damaged`; converting such a file to another format does not help."""

    code, http_status, close_code = "not_audio", 415, 1003


class UnknownModel(ClientError):
    code = "model_not_found"


class UnknownSession(ClientError):
    code, http_status = "session_not_found", 404


class LimitReached(ClientError):
    code, http_status = "busy", 429


class SlowConsumer(ClientError):
    code, http_status, close_code = "slow_consumer", 408, 1013


class Idle(ClientError):
    code, http_status = "idle", 408


class SlowUpload(ClientError):
    code, http_status = "slow_upload", 408


class ServerError(RealtimeError):
    pass


class Overloaded(ServerError):
    code, http_status, close_code = "overloaded", 503, 1013


class Draining(ServerError):
    code, http_status, close_code = "draining", 503, 1012


class NotReady(ServerError):
    code, http_status, close_code = "not_ready", 503, 1013


class DecodeFailed(ServerError):
    code = "decode_failed"


class ModelEnded(DecodeFailed):
    """The model's process has ended. The engine loads the model again, and clients see this error
    only if the same window ends the process twice."""

    def __init__(self, message: str, *, tried: bool) -> None:
        """`tried`: the process had received the windows, so one of them may be the cause."""
        super().__init__(message)
        self.tried = tried


class LoadFailed(ServerError):
    code = "load_failed"


class OutOfMemory(ServerError):
    code, http_status, close_code = "out_of_memory", 507, 1013


class DiskFull(ServerError):
    code, http_status, close_code = "disk_full", 507, 1013


class ProviderAuth(ServerError):
    code, http_status = "provider_auth", 502


class ProviderUnreachable(ServerError):
    code, http_status = "provider_unreachable", 502


class SetupError(RealtimeError):
    """Something on this machine must be changed before the command can work."""

    code, fault = "setup", "operator"
    exit_code: ClassVar[int] = 2
