"""One request and its answer as the gate sees them: sizes, times, headers that every answer has."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from time import monotonic
from urllib.parse import urlsplit

from starlette.types import Message, Receive, Scope, Send

from realtime.errors import RealtimeError, SlowUpload
from realtime.server.admission import Asked
from realtime.server.http.answers import error_response
from realtime.server.uploads import too_large

BODY_GRACE_S, BODY_BYTES_PER_S = 20.0, 4096
"""A body may take so long, and longer by its size at so many bytes per second: the slowest link
that can still upload speech (8 kHz μ-law is 8,000 bytes per second)."""
LINGER_BYTES, LINGER_S = 32 << 20, 5.0
"""Of a refused body, what is still read and thrown away: a client that is cut off while it sends
never reads why."""
ASKED, OWNER = "realtime.asked", "realtime.owner"
"""In a request's scope: its facts (`Asked`), and whose key it brought."""
SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Exchange:
    """`receive` and `send` stand between the server and the application."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, max_body_bytes: int) -> None:
        self.id = f"req_{secrets.token_hex(12)}"
        """Sent as `x-request-id`, and in the log where something broke."""
        self.headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self.prefix = ""
        """Of the path, as the client sees it."""
        self.status = 0
        """Of the answer; 0 before it began."""
        self._scope, self._receive, self._send = scope, receive, send
        self._max_body_bytes = max_body_bytes
        self._received_bytes = 0
        self._waited_s = 0.0
        chunked = "transfer-encoding" in self.headers
        self._body_ended = not chunked and self.announced_bytes == 0

    @property
    def announced_bytes(self) -> int:
        """Size of the body by its header; 0 where it does not say."""
        length = self.headers.get("content-length", "")
        return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0

    async def receive(self) -> Message:
        """The next of the body. Raises SlowUpload, MessageTooBig."""
        if self._body_ended:
            return await self._receive()
        allowed_s = BODY_GRACE_S + self._received_bytes / BODY_BYTES_PER_S
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
        if self._received_bytes > self._max_body_bytes:
            raise too_large(self._max_body_bytes)
        return message

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer. A body that nobody read is read to its end first, within
        bounds, and the connection is closed then."""
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
        """A redirect as a path: the framework makes a whole address of it, whose scheme and host
        are wrong behind a proxy. All of ours lead to ourselves."""
        if name.lower() != b"location":
            return name, value
        parts = urlsplit(value.decode("latin-1"))
        if not parts.netloc:
            return name, value
        path = f"{self.prefix}/{parts.path.lstrip('/')}"  # never //, which would be a host
        return name, (f"{path}?{parts.query}" if parts.query else path).encode("latin-1")

    async def refuse(self, error: RealtimeError) -> None:
        """Answer with an error; where an answer has begun already it is broken off."""
        if self.status == 0:
            response = error_response(error, self._scope["path"], self.headers)
            await response(self._scope, self.receive, self.send)

    async def _linger(self) -> None:
        rest = LINGER_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while rest > 0 and not self._body_ended:
                    message = await self._receive()
                    rest -= len(message.get("body", b""))
                    self._body_ended = not message.get("more_body", False)


def owner_of(scope: Scope) -> str:
    """Whose key a request brought; `NOBODY` where none is needed."""
    return str(scope[OWNER])


def asked_of(scope: Scope) -> Asked:
    """The facts of a request, as the gate saw them."""
    asked = scope[ASKED]
    assert isinstance(asked, Asked)
    return asked
