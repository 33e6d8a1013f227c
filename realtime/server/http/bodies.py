"""Bodies of JSON: they are small and flat, or they are refused before anybody parses them.

Parsing holds the interpreter: 60 MB of nested lists took 9 s and 1.5 GB, and every stream waited.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from realtime.errors import BadRequest, MessageTooBig

MOST_JSON_BYTES = 64 << 10
"""Parsed and checked in 2 ms at most. The longest that our page and our clients send is a room's
captions: twelve lines with translations, about 14 KB."""
MOST_DEPTH = 16
"""Of lists and objects within each other; the deepest of ours are four."""
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
SENDING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class SmallBodies:
    """An ASGI application around another one, which finds each body already checked."""

    def __init__(self, application: ASGIApp, streamed: Callable[[str, str], bool]) -> None:
        """`streamed`: method and path → whether the application bounds that body by itself."""
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

    Raises MessageTooBig (before anything is read, where the header tells), ClientDisconnect, and
    BadRequest (`body`) for JSON that is nested too deeply.
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
    check_depth(bytes(body))
    return bytes(body)


def check_depth(body: bytes) -> None:
    """Raise BadRequest (`body`) for JSON with more than `MOST_DEPTH` lists and objects within each
    other. What is no JSON is left to the parser."""
    depth = 0
    for bracket in _brackets(body):
        depth += 1 if bracket in b"[{" else -1
        if depth > MOST_DEPTH:
            raise BadRequest(
                f"The JSON is nested more than {MOST_DEPTH} deep: send what the documentation "
                "shows.",
                field="body",
            )


def _brackets(body: bytes) -> Iterator[bytes]:
    return (match[0] for match in _BRACKET.finditer(_STRING.sub(b"", body)))


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that begins with a body that was read already."""
    told = False

    async def receive_again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _too_large() -> MessageTooBig:
    return MessageTooBig(
        f"The request has more than {MOST_JSON_BYTES} bytes of JSON: send what the documentation "
        "shows.",
        limit_bytes=MOST_JSON_BYTES,
    )
