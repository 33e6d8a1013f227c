"""The application of port 8003: its routes, its error handlers, its OpenAPI document."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from realtime.errors import BadRequest, MethodNotAllowed, NotFound, RealtimeError
from realtime.server.http import batch_routes, openai, system, transcribe
from realtime.server.http.answers import error_response
from realtime.server.http.docs import described, docs_page
from realtime.server.http.services import Services
from realtime.version import __version__

DESCRIPTION = """Files into text, on the same model as the live streams.

Errors: `{"detail": {"code", "error", "message", …}}`; `code` never changes, the others follow
`Accept-Language` (ko, en). Below `/v1/` everything is as OpenAI has it."""


def make_api(services: Services) -> FastAPI:
    """The application; put a `Gate` in front of it."""
    api = FastAPI(
        title="realtime-whisper",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    api.add_route("/openapi.json", described(api), include_in_schema=False)
    for part in (transcribe, batch_routes, system, openai):
        api.include_router(part.routes(services))

    @api.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return docs_page(api.openapi())

    api.add_exception_handler(RealtimeError, _answer)
    api.add_exception_handler(ClientDisconnect, _gone)
    api.add_exception_handler(Exception, _broken)
    api.add_exception_handler(HTTPException, _translated)
    api.add_exception_handler(RequestValidationError, _invalid)
    return api


async def _answer(request: Request, error: Exception) -> Response:
    assert isinstance(error, RealtimeError)
    return error_response(error, request.url.path, request.headers)


async def _broken(request: Request, error: Exception) -> Response:
    """Answer an unexpected error. The framework raises it again, and the gate logs it."""
    return await _answer(request, RealtimeError("The server ran into an error: see its log."))


async def _gone(request: Request, error: Exception) -> Response:
    """Nobody reads this response. Metrics count its status, which is nginx's for a client that
    disconnected."""
    return Response(status_code=499)


async def _translated(request: Request, error: Exception) -> Response:
    """Answer the framework's own errors: unknown addresses, wrong methods."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = [name.strip() for name in (error.headers or {}).get("Allow", "").split(",")]
        return await _answer(
            request,
            MethodNotAllowed(f"Use {' or '.join(allowed)} for this address.", allowed=allowed),
        )
    if error.status_code == 404:
        return await _answer(request, _nothing_here())
    return await _answer(request, BadRequest("The request cannot be understood: see /docs."))


def _nothing_here() -> NotFound:
    error = NotFound("There is nothing at this address: see /docs.")
    error.hints = {"docs": "/docs"}
    return error


async def _invalid(request: Request, error: Exception) -> Response:
    return await _answer(request, BadRequest("Part of the address is not valid: see /docs."))
