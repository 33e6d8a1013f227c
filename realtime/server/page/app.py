"""The application of the web page: its files, its configuration, the server's state, captions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Body, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from realtime.errors import BadRequest, NotFound, RealtimeError, Unauthorized
from realtime.server.admission import Admission, RequestInfo
from realtime.server.http.answers import error_response, json_response
from realtime.server.http.bodies import SmallBodies
from realtime.server.http.docs import described
from realtime.server.http.events import event, event_stream
from realtime.server.http.exchange import request_info
from realtime.server.http.fields import invalid_field
from realtime.server.page.captions import CaptionRooms, Words
from realtime.server.page.dashboard import Dashboard
from realtime.server.page.exports import DOCUMENT_PATH
from realtime.server.page.model import ShownModel
from realtime.server.page.pages import (
    CAPTIONS,
    INDEX,
    SHARED,
    LiveServers,
    Pages,
    host_and_port,
    host_name,
    sockets,
)
from realtime.server.page.shared import SHARED_PATH, UNSEEN
from realtime.server.page.shares import Shares

API = "/api/"
EVENTS_PATH = "/api/transcribe-events/"
"""Its response lasts while a page is open: it must not take the only place of its address."""
UPLOAD_PATH = "/api/upload/"
EDITS_PATH = "/api/edits/"


@dataclass(frozen=True, slots=True)
class LiveAddress:
    """Where browsers find the live server."""

    port: int
    tls: bool
    public: str = ""
    """For a live server on another host or behind a proxy: a full URL; `:PORT` on the page's host;
    or `/PATH` on the page's host and port. Empty: the request's host and `port`."""

    def url(self, info: RequestInfo) -> str:
        """The URL for the client of this request. A page loaded over TLS may open only `wss`
        sockets."""
        scheme = "wss" if self.tls or info.secure else "ws"
        if self.public.startswith("/"):
            return f"{scheme}://{host_and_port(info.host) or 'localhost'}{self.public}"
        if self.public and not self.public.startswith(":"):
            return self.public
        return f"{scheme}://{host_name(info.host) or 'localhost'}{self.public or f':{self.port}'}"


@dataclass(frozen=True, slots=True)
class WebParts:
    """The parts of the page. Some are callables, since the model may still be loading."""

    folder: Path
    """Folder of the page's files."""
    address: Callable[[], LiveAddress]
    facts: Callable[[], Mapping[str, object]]
    """What `/api/config` returns to clients with a key, besides the addresses."""
    model: ShownModel
    dashboard: Dashboard
    admission: Admission
    others: LiveServers
    """Live servers that the page offers besides its own."""
    shares: Shares
    routers: Sequence[APIRouter] = ()
    """Further parts of the API, such as the jobs'."""


class Reload(BaseModel):
    """Which backend to change to; none: the first that can be loaded."""

    backend: str | None = Field(None, max_length=64)


def is_open(method: str, path: str) -> bool:
    """Whether a request needs no key: for the files, for `/api/config`, which says whether a key is
    needed, and for captions, whose address is the secret."""
    if method not in ("GET", "HEAD"):
        return False
    return not path.startswith(API) or path == "/api/config" or path.startswith("/api/captions/")


def has_own_key(method: str, path: str) -> bool:
    """Whether a request is for a shared transcript: links to these have keys of their own."""
    return method in ("GET", "HEAD") and path.startswith(SHARED_PATH)


def create_web_app(parts: WebParts) -> ASGIApp:
    """The application behind the gate of the web port. Starts nothing."""
    app = FastAPI(title="Realtime Whisper", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_route("/api/openapi.json", described(app), include_in_schema=False)
    app.add_exception_handler(RealtimeError, _refuse)
    app.add_exception_handler(HTTPException, _not_found)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.include_router(_server_router(parts))
    app.include_router(_captions_router())
    for router in parts.routers:
        app.include_router(router)
    pages = Pages(parts.folder)
    # The captions page connects to this server only.
    app.get("/")(_document(pages, INDEX, parts.address, parts.others))
    app.get(f"/{CAPTIONS}")(_document(pages, CAPTIONS, parts.address, LiveServers()))
    app.get(f"/{SHARED}")(_shared(pages, parts.shares))
    app.mount("/", pages)
    return SmallBodies(app, _is_streamed)


def _is_streamed(method: str, path: str) -> bool:
    """Whether the body is written to disk while it is received."""
    if method == "PUT":
        return path.startswith(EDITS_PATH)
    return path in (UPLOAD_PATH, DOCUMENT_PATH)


def _document(
    pages: Pages, name: str, address: Callable[[], LiveAddress], others: LiveServers
) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        url = address().url(request_info(request.scope))
        return pages.document(name, sockets(url, others))

    return show


def _shared(pages: Pages, shares: Shares) -> Callable[[str], Awaitable[Response]]:
    async def show(id: Annotated[str, Query(max_length=64)] = "") -> Response:
        """Return the page of a link. The page requests the contents with the link's key."""
        status = {None: 404, "open": 200}.get(await shares.state(id), 410)
        return pages.document(SHARED, (), status=status, headers=UNSEEN)

    return show


def _server_router(parts: WebParts) -> APIRouter:
    router = APIRouter()

    @router.get("/api/config")
    async def config(request: Request) -> Response:
        """Return what the page needs first; without a valid key, only that a key is needed."""
        required = parts.admission.keys.required
        body: dict[str, object] = {
            "ws_url": parts.address().url(request_info(request.scope)),
            "key_required": required,
            "key_ok": _has_key(parts.admission, request),
        }
        if body["key_ok"]:
            body |= parts.facts()
            body |= {"live_servers": parts.others.listed, "any_live_server": parts.others.any}
        return json_response(body)

    @router.get("/live")
    async def live() -> Response:
        """Respond while the page is served: the only probe of a process without a model."""
        return json_response({"live": True})

    @router.get("/health")
    async def health() -> Response:
        """Return the state of the model that does the jobs, here or on another server."""
        return json_response(parts.model.state()["health"])

    @router.get("/api/server")
    async def server() -> Response:
        """Return the figures of the server's state."""
        return json_response({**parts.model.state(), **parts.dashboard.describe()})

    @router.post("/api/backend/reload")
    async def reload(body: Reload) -> Response:
        """Load another backend, as `/backend/reload` of the HTTP API does."""
        loop = asyncio.get_running_loop()
        return json_response(await loop.run_in_executor(None, parts.model.reload, body.backend))

    return router


def _captions_router() -> APIRouter:
    rooms, router = CaptionRooms(), APIRouter()

    @router.post("/api/captions/{room}", status_code=204)
    async def put(room: str, words: Annotated[Words, Body()]) -> None:
        """Take the newest words of a live page."""
        rooms.put(room, words)

    @router.get("/api/captions/{room}")
    async def read(room: str) -> Response:
        """Stream the words of a room as server-sent events."""
        words = rooms.read(room)
        return event_stream(_events(await anext(words), words))

    return router


async def _events(first: Words, rest: AsyncIterator[Words]) -> AsyncIterator[bytes]:
    yield event(first.model_dump())
    async for words in rest:
        yield event(words.model_dump())


def _has_key(admission: Admission, request: Request) -> bool:
    """Whether the request has a valid key. Raises LimitReached after too many wrong keys."""
    try:
        admission.check_key(request_info(request.scope))
    except Unauthorized:
        return False
    return True


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, RealtimeError)  # the handler is registered for this class
    return error_response(error, request.url.path, _headers(request))


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # a body that is not text
        wrong = BadRequest("The request cannot be understood: send JSON in UTF-8.")
        return error_response(wrong, request.url.path, _headers(request))
    found = NotFound("There is no such page: open / for the page, or see the documentation.")
    response = error_response(found, request.url.path, _headers(request))
    response.status_code = error.status_code
    return response


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = invalid_field(error.errors()[0])
    return error_response(wrong, request.url.path, _headers(request))


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
