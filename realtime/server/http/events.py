"""Server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import orjson
from starlette.responses import StreamingResponse

HEARTBEAT_S = 15.0
"""A comment is sent after this time without an event: proxies close silent connections, many after
60 s (nginx: proxy_read_timeout)."""

SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"type": "string"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
        },
    },
    "required": ["data"],
}
"""One event, for the OpenAPI document."""


def event(body: object, name: str = "") -> bytes:
    """One encoded event. Without a name, its type is `message`."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + orjson.dumps(body) + b"\n\n"


def event_stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """The response that sends `events`; closes them at its end, or when the client disconnects."""
    return StreamingResponse(
        _with_heartbeat(events),
        media_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _with_heartbeat(events: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    upcoming: asyncio.Future[bytes | None] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.ensure_future(_next(events))
            done, _ = await asyncio.wait({upcoming}, timeout=HEARTBEAT_S)
            if not done:
                yield b": still here\n\n"
                continue
            item = upcoming.result()
            if item is None:
                return
            upcoming = None
            yield item
    finally:
        if upcoming is not None:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
        if isinstance(events, AsyncGenerator):
            await events.aclose()


async def _next(events: AsyncIterator[bytes]) -> bytes | None:
    return await anext(events, None)
