"""`/api/sessions/`: live sessions that users store on the server, if its operator allows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import Response

from realtime.jobs.threads import Threads
from realtime.server.http.answers import json_response
from realtime.server.http.exchange import owner_of
from realtime.server.page.session_archive import A_PAGE, MOST_LINES, SessionArchive

SWEEP_S = 600.0
MOST_LINE_LETTERS = 60_000
"""Length of one line's JSON; a whole request has 64 KiB at most."""
SessionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


def _is_line(text: str) -> str:
    """Raises ValueError for text that the page cannot show as a line."""
    line = orjson.loads(text)
    whole = isinstance(line, dict) and isinstance(line.get("text"), str)
    if not whole or not all(isinstance(line.get(name), int | float) for name in ("start", "end")):
        raise ValueError("not a line: it has no start, end and text")
    return text


class About(BaseModel):
    """What a session is, as the page keeps it; what else it says of it is kept with it."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, JsonValue]

    title: Annotated[str, Field(max_length=200)] = ""
    created: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SessionLine(BaseModel):
    """One line in its place."""

    model_config = ConfigDict(extra="forbid")

    n: Annotated[int, Field(ge=0, lt=MOST_LINES)]
    segment: Annotated[
        str,
        Field(max_length=MOST_LINE_LETTERS, description="The segment as JSON."),
        AfterValidator(_is_line),
    ]


class Put(BaseModel):
    """A session, and those of its lines that are new or changed."""

    model_config = ConfigDict(extra="forbid")

    about: About
    lines: Annotated[list[SessionLine], Field(max_length=A_PAGE)] = []
    count: Annotated[
        int, Field(ge=0, le=MOST_LINES, description="Number of lines; lines beyond it are deleted.")
    ] = MOST_LINES


@dataclass(frozen=True, slots=True)
class Sessions:
    """Implements the routes, and deletes old sessions."""

    archive: SessionArchive
    threads: Threads

    async def run(self) -> None:
        """Delete old sessions periodically, until cancelled."""
        while True:
            await self.threads.run(self.archive.sweep)
            await asyncio.sleep(SWEEP_S)


def sessions_router(sessions: Sessions) -> APIRouter:
    """The routes; `RealtimeError`s are answered by the application that includes them."""
    router = APIRouter(prefix="/api/sessions")
    run, archive = sessions.threads.run, sessions.archive

    @router.get("/")
    async def listed(request: Request) -> Response:
        """List the sessions of the key's owner, the last changed first; `days`: how long they are
        kept."""
        found = await run(partial(archive.all, owner_of(request.scope)))
        return json_response({"sessions": list(map(orjson.loads, found)), "days": archive.days})

    @router.get("/{session}")
    async def one(session: SessionId, request: Request) -> Response:
        """Return the description of a session."""
        return _json(await run(partial(archive.get, owner_of(request.scope), session)))

    @router.get("/{session}/lines")
    async def lines(
        session: SessionId, request: Request, first: Annotated[int, Query(ge=0)] = 0
    ) -> Response:
        """Return some hundred lines in order; `next`: where to continue, null at the end."""
        found = await run(partial(archive.lines, owner_of(request.scope), session, first))
        body = {
            "lines": [{"n": n, "segment": line} for n, line in found],
            "next": found[-1][0] + 1 if len(found) == A_PAGE else None,
        }
        return json_response(body)

    @router.put("/{session}")
    async def put(session: SessionId, wanted: Put, request: Request) -> Response:
        """Store a session."""
        about = orjson.dumps({**wanted.about.model_dump(), "id": session}).decode()
        changed = [(line.n, line.segment) for line in wanted.lines]
        await run(
            partial(archive.put, owner_of(request.scope), session, about, changed, wanted.count)
        )
        return json_response({"success": True, "id": session})

    @router.delete("/{session}")
    async def delete(session: SessionId, request: Request) -> Response:
        """Delete a session with its lines."""
        await run(partial(archive.delete, owner_of(request.scope), session))
        return json_response({"success": True, "id": session})

    return router


def _json(text: str) -> Response:
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})
