"""Limits JSON bodies: large or deeply nested ones are refused before they are parsed.

Parsing blocks the interpreter: 60 MB of nested lists took 9 s and 1.5 GB, and every stream waited.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from realtime.errors import BadRequest, MessageTooBig

MOST_JSON_BYTES = 64 << 10
"""A body of this size is checked and parsed in 3 ms, whatever its content. The longest one that the
page and the clients send is a room's captions: twelve lines with translations, about 14 KB."""
MOST_CONTAINERS = 1_000
"""Lists and objects; our own bodies have 20. The garbage collector tracks each one, and after some
ten thousand new ones scans all objects of the process: 0.1 s."""
MOST_DEPTH = 16
"""Nesting depth of lists and objects; our own bodies have at most four levels."""
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
SENDING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class SmallBodies:
    """ASGI middleware that checks each body before the application receives it."""

    def __init__(self, application: ASGIApp, streamed: Callable[[str, str], bool]) -> None:
        """`streamed`: method and path → whether the application limits that body by itself."""
        self._application = application
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises MessageTooBig, BadRequest, ClientDisconnect."""
        if scope["type"] == "http" and self._holds(scope["method"], scope["path"]):
            receive = _again(await small_body(scope, receive), receive)
        await self._application(scope, receive, send)

    def _holds(self, method: str, path: str) -> bool:
        return method in SENDING and not self._streamed(method, path)


async def small_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body of a request, at most `MOST_JSON_BYTES`.

    Raises MessageTooBig (before reading, where Content-Length is too large), ClientDisconnect, and
    BadRequest (`body`) where `check_shape` does.
    """
    announced = Headers(scope=scope).get("content-length", "0")
    if announced.isdecimal() and int(announced) > MOST_JSON_BYTES:
        raise _too_large()
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_JSON_BYTES:
            raise _too_large()
    check_shape(bytes(body))
    return bytes(body)


def check_shape(body: bytes) -> None:
    """Raise BadRequest (`body`) for JSON with more than `MOST_CONTAINERS` lists and objects, with
    more than `MOST_DEPTH` levels of them, or with brackets that do not match."""
    # Operations on the whole text take a hundredth of the time of a loop over 64 KiB.
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside = b"".join(unescaped.split(b'"')[::2])
    brackets = outside.translate(None, _NO_BRACKETS)
    if len(brackets) > 2 * MOST_CONTAINERS:
        raise _misshapen()
    for _ in range(MOST_DEPTH):  # each round removes the innermost pairs
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if brackets:
        raise _misshapen()


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that first returns a body that was already read."""
    returned = False

    async def receive_again() -> Message:
        nonlocal returned
        if returned:
            return await receive()
        returned = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _too_large() -> MessageTooBig:
    return MessageTooBig(
        f"The JSON body has more than {MOST_JSON_BYTES} bytes: send what the documentation shows.",
        limit_bytes=MOST_JSON_BYTES,
    )


def _misshapen() -> BadRequest:
    return BadRequest(
        "The JSON has too many lists and objects, nests them too deeply, or its brackets do not "
        "match: send what the documentation shows.",
        field="body",
    )
