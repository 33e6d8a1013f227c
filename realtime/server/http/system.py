"""Routes: `/backend/…`, `/health`, `/ready`, `/live`, `/metrics`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from realtime.errors import BadRequest
from realtime.server.http.answers import json_response
from realtime.server.http.bodies import small_body
from realtime.server.http.schemas import (
    BackendBody,
    HealthBody,
    LiveBody,
    ReadyBody,
    ReloadRequest,
    error_answers,
)
from realtime.server.http.services import Services
from realtime.server.websocket.handshake import Probe


def routes(services: Services) -> APIRouter:
    router = APIRouter()
    backend = {"model": BackendBody, "description": "Which backend runs."}

    @router.get("/backend/current", tags=["Backends"], responses={200: backend, **error_answers()})
    async def current_backend() -> Response:
        """Return the backend in use and those available."""
        return json_response(await run_in_threadpool(services.backends.describe))

    @router.post(
        "/backend/reload",
        tags=["Backends"],
        responses={200: backend, **error_answers(400, 408, 409, 413, 422, 500)},
        openapi_extra={
            "requestBody": {
                "content": {"application/json": {"schema": ReloadRequest.model_json_schema()}}
            }
        },
    )
    async def reload_backend(request: Request) -> Response:
        """Load another backend. Streams and files continue meanwhile."""
        body = await _reload_request(request)
        return json_response(await run_in_threadpool(services.backends.reload, body.backend))

    for path, model, text in (
        ("/health", HealthBody, "What runs here."),
        ("/ready", ReadyBody, "Whether a new stream or file would be served."),
        ("/live", LiveBody, "The process answers."),
        ("/metrics", None, "Figures for Prometheus."),
    ):
        good: dict[str, Any] = {"description": text}
        if model is None:
            good["content"] = {"text/plain": {"schema": {"type": "string"}}}
        else:
            good["model"] = model
        responses: dict[int | str, dict[str, Any]] = {200: good, **error_answers()}
        if path == "/ready":
            responses[503] = {"model": ReadyBody, "description": "Not ready."}
        answer = _answering(services.probes[path])
        for method in ("GET", "HEAD"):
            router.add_api_route(
                path,
                answer,
                methods=[method],
                name=f"{path.strip('/')}_{method.lower()}",
                description=text,
                tags=["Health"],
                responses=responses,
                response_class=Response,
                include_in_schema=method == "GET",
            )
    return router


def _answering(probe: Probe) -> Callable[[], Awaitable[Response]]:
    async def answer() -> Response:
        status, kind, body = probe()
        return Response(body, status, {"Cache-Control": "no-store"}, media_type=kind)

    return answer


async def _reload_request(request: Request) -> ReloadRequest:
    """The body, which may be empty. Raises BadRequest, MessageTooBig."""
    body = await small_body(request.scope, request.receive)
    try:
        return ReloadRequest.model_validate(orjson.loads(body) if body.strip() else {})
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise BadRequest(
            'The body must be JSON such as {"backend": "transformers"} or {}.', field="backend"
        ) from error
