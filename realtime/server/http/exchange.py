"""One request and its response at the gate: sizes, times, headers of every response."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

from starlette.types import Message, Receive, Scope, Send

from realtime.errors import RealtimeError, SlowUpload
from realtime.server.admission import RequestInfo
from realtime.server.http.answers import error_response
from realtime.server.uploads import too_large

BODY_GRACE_S, BODY_BYTES_PER_S = 20.0, 4096
"""The slowest link that can still upload speech: 8 kHz μ-law is 8,000 bytes per second."""
LINGER_BYTES, LINGER_S = 32 << 20, 5.0
REQUEST_INFO, OWNER = "realtime.asked", "realtime.owner"
"""Keys in a request's scope: its facts (`RequestInfo`), and the owner of its key."""
SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Size and time of a request's body."""

    max_bytes: int
    grace_s: float = BODY_GRACE_S
    """Time for a body of any size; more is allowed by its size at `bytes_per_s`."""
    bytes_per_s: int = BODY_BYTES_PER_S
    linger_bytes: int = LINGER_BYTES
    """How much of a refused body, and how long (`linger_s`), is still read and discarded: a client
    whose connection is closed while it sends never reads the error."""
    linger_s: float = LINGER_S


class Exchange:
    """Its `receive` and `send` stand between the server and the application."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: BodyLimits) -> None:
        self.id = f"req_{secrets.token_hex(12)}"
        """Sent as `x-request-id`, and logged with unexpected errors."""
        self.headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self.prefix = ""
        """Path prefix that the client sees."""
        self.status = 0
        """Status of the response; 0 before it begins."""
        self._scope, self._receive, self._send = scope, receive, send
        self._limits = limits
        self._received_bytes = 0
        self._waited_s = 0.0
        chunked = "transfer-encoding" in self.headers
        self._body_ended = not chunked and self.announced_bytes == 0

    @property
    def announced_bytes(self) -> int:
        """Size of the body by Content-Length; 0 where that is missing or invalid."""
        length = self.headers.get("content-length", "")
        return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0

    async def receive(self) -> Message:
        """The next message of the body. Raises SlowUpload, MessageTooBig."""
        if self._body_ended:
            return await self._receive()
        limits = self._limits
        allowed_s = limits.grace_s + self._received_bytes / limits.bytes_per_s
        began = monotonic()
        try:
            async with asyncio.timeout(max(0.0, allowed_s - self._waited_s)):
                message = await self._receive()
        except TimeoutError:
            raise SlowUpload(
                "The upload was too slow and was stopped: send it again over a faster connection."
            ) from None
        self._waited_s += monotonic() - began
        if message["type"] != "http.request":
            self._body_ended = True
            return message
        self._received_bytes += len(message.get("body", b""))
        self._body_ended = not message.get("more_body", False)
        if self._received_bytes > limits.max_bytes:
            raise too_large(limits.max_bytes)
        return message

    async def send(self, message: Message) -> None:
        """Pass on a part of the response. If the request's body was not read to its end, the rest
        is read before the response ends, within limits, and the connection is closed."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = [*SECURITY_HEADERS, *self.extra_headers, (b"x-request-id", self.id.encode())]
            if not self._body_ended:
                own.append((b"connection", b"close"))
            headers = [self._relative(*header) for header in message.get("headers", ())]
            message = {**message, "headers": [*headers, *own]}
        elif not message.get("more_body", False) and not self._body_ended:
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    def _relative(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        """Turn a redirect's URL into a path: the framework makes an absolute URL, whose scheme and
        host are wrong behind a proxy. All redirects stay on this server."""
        if name.lower() != b"location":
            return name, value
        parts = urlsplit(value.decode("latin-1"))
        if not parts.netloc:
            return name, value
        path = f"{self.prefix}/{parts.path.lstrip('/')}"  # never //, which would begin a host
        return name, (f"{path}?{parts.query}" if parts.query else path).encode("latin-1")

    async def refuse(self, error: RealtimeError) -> None:
        """Answer with an error; a response that has already begun is cut off instead."""
        if self.status == 0:
            response = error_response(error, self._scope["path"], self.headers)
            await response(self._scope, self.receive, self.send)

    async def _linger(self) -> None:
        rest = self._limits.linger_bytes
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.linger_s):
                while rest > 0 and not self._body_ended:
                    message = await self._receive()
                    rest -= len(message.get("body", b""))
                    self._body_ended = not message.get("more_body", False)


def owner_of(scope: Scope) -> str:
    """The owner of the request's key; `NOBODY` where no key is needed."""
    return str(scope[OWNER])


def request_info(scope: Scope) -> RequestInfo:
    """The facts of a request, as the gate recorded them."""
    info = scope[REQUEST_INFO]
    assert isinstance(info, RequestInfo)
    return info
