"""ASGI middleware in front of the HTTP application: access, limits on bodies, responses to errors,
draining. It is plain ASGI so that it can refuse a body before reading it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from realtime.errors import ClientError, Draining, Forbidden, NotFound, RealtimeError
from realtime.keys.holder import NOBODY
from realtime.server.admission import Admission, RequestInfo
from realtime.server.http.answers import with_language
from realtime.server.http.exchange import OWNER, REQUEST_INFO, BodyLimits, Exchange
from realtime.server.idle_connections import IdleConnections
from realtime.server.proxies import Proxies
from realtime.server.uploads import too_large
from realtime.wire.texts import Language

log = structlog.get_logger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
USUAL_HEADERS = "authorization, content-type, x-api-key"
"""Allowed where a preflight requests no headers, or invalid names."""
_HEADER_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(?: ?, ?[\w!#$%&'*+.^`|~-]+){0,63}", re.ASCII)
OPEN_PATHS = frozenset({"/health", "/ready", "/live", "/metrics"})
"""Answered without a key, also at the limits and while draining, for monitoring."""


@dataclass(frozen=True, slots=True)
class GateOptions:
    """What the gate lets through."""

    body: BodyLimits
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may read responses; they may also send requests."""
    is_open: Callable[[str, str], bool] = lambda _method, path: path in OPEN_PATHS
    """Method and path → whether the request is answered without a key, also at the limits and while
    draining."""
    language: Language = "ko"
    """Language of errors, for clients that request none."""
    has_own_key: Callable[[str, str], bool] = lambda _method, _path: False
    """Method and path → whether the application checks a key of its own there: the request needs
    none of the server's keys, but counts towards the limit of its address."""
    uncounted: frozenset[str] = frozenset()
    """Paths of long responses that cost next to nothing: they do not count towards the limit of an
    address."""


class Gate:
    """ASGI middleware around an application."""

    def __init__(
        self,
        application: ASGIApp,
        admission: Admission,
        options: GateOptions,
        count: Callable[[int], None] = lambda status: None,
    ) -> None:
        """`count` is called with the status of every response."""
        self._application = application
        self._admission = admission
        self._options = options
        self._count = count
        self._running: set[asyncio.Task[object]] = set()
        self._ended: set[asyncio.Task[object]] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def idle_connections(self) -> IdleConnections:
        """The open connections without a request."""
        return self._admission.idle_connections

    async def drain(self, patience_s: float) -> None:
        """Wait for running requests; after `patience_s` cancel them and answer with 503."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._quiet.wait()
        for task in self._running - self._ended:
            self._ended.add(task)
            task.cancel()
        await self._quiet.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        scope = with_language(scope, self._options.language)
        exchange = Exchange(scope, receive, send, self._options.body)
        task = asyncio.current_task()
        assert task is not None  # an ASGI server runs each request in a task
        self._running.add(task)
        self._quiet.clear()
        try:
            await self._serve(scope, exchange)
        except asyncio.CancelledError:
            if task not in self._ended:
                raise
            task.uncancel()
            await exchange.refuse(_going_down())
        finally:
            self._running.discard(task)
            self._ended.discard(task)
            if not self._running:
                self._quiet.set()
            self._count(exchange.status)

    async def _serve(self, scope: Scope, exchange: Exchange) -> None:
        info = scope[REQUEST_INFO] = _request_info(scope, self._admission.proxies)
        exchange.prefix = info.prefix
        self._allow_reading(exchange, info.origin)
        try:
            _check_framing(exchange)
            _check_protocol(exchange)
            if not info.path:  # the relative links of a page need the slash
                await RedirectResponse(f"{info.prefix}/")(scope, exchange.receive, exchange.send)
                return
            owner = self._check(scope["method"], info, exchange.announced_bytes)
            scope[OWNER] = owner
            if owner != NOBODY:  # names the key on every log line of this request
                bind_contextvars(client=self._admission.quotas.name(owner))
                self._admission.quotas.count_request(owner)
            free = info.path in self._options.uncounted
            if free or self._options.is_open(scope["method"], info.path):
                await self._application(scope, exchange.receive, exchange.send)
            elif scope["method"] == "OPTIONS":
                await _preflight(scope, exchange)
            else:
                with self._admission.request(info.address):
                    await self._application(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            return  # no client is left to answer
        except RealtimeError as error:
            await exchange.refuse(error)
        except Exception:  # Edge: one broken request must not end the server.
            log.exception("request.failed", request=exchange.id)
            await exchange.refuse(RealtimeError("The server ran into an error: see its log."))

    def _check(self, method: str, info: RequestInfo, announced_bytes: int) -> str:
        """Returns the owner of the request's key. Raises the error that refuses the request, before
        any of its body is read."""
        self._admission.check_host(info.host)
        if self._options.is_open(method, info.path) or method == "OPTIONS":
            return NOBODY  # an answer to OPTIONS reveals nothing
        if method not in SAFE_METHODS:
            self._check_origin(info)
        keyless = self._options.has_own_key(method, info.path)
        owner = NOBODY if keyless else self._admission.check_key(info)
        if self._admission.draining and method not in SAFE_METHODS:
            raise _going_down()
        max_bytes = self._options.body.max_bytes
        if announced_bytes > max_bytes:
            raise too_large(max_bytes)
        return owner

    def _check_origin(self, info: RequestInfo) -> None:
        """Prevent pages from making their visitors' browsers send requests here (CSRF).

        A sandboxed frame of any page sends the origin "null", which is allowed only where it is
        configured. Raises Forbidden.
        """
        origin = info.origin
        allowed = {*self._admission.options.allowed_origins, *self._options.cors_origins}
        if origin is None or origin in allowed or "*" in allowed:
            return
        if origin != "null" and self._admission.origin_allowed(origin, info.host):
            return
        raise Forbidden(
            f"Pages of {origin[:200]} may not send requests here: add that origin to "
            "allowed_origins."
        )

    def _allow_reading(self, exchange: Exchange, origin: str | None) -> None:
        """Add the CORS headers for pages of configured origins."""
        if origin is not None and {origin, "*"} & set(self._options.cors_origins):
            exchange.extra_headers += [
                (b"access-control-allow-origin", origin.encode("latin-1", "replace")),
                (b"access-control-expose-headers", b"retry-after, x-request-id, x-should-retry"),
                (b"vary", b"origin, access-control-request-headers"),
            ]


async def _preflight(scope: Scope, exchange: Exchange) -> None:
    """Answer with the allowed methods and headers; CORS headers decide which pages may use them.

    Pages that may read responses may send any headers: OpenAI's SDK for browsers sends seven of its
    own, and other versions other ones.
    """
    names = exchange.headers.get("access-control-request-headers", "")
    allowed = names if _HEADER_NAMES.fullmatch(names) else USUAL_HEADERS
    response = Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
            "Access-Control-Allow-Headers": allowed,
            "Access-Control-Max-Age": "600",
        },
    )
    await response(scope, exchange.receive, exchange.send)


def _check_framing(exchange: Exchange) -> None:
    """Refuse a body with two lengths: a proxy may have used the other one, and take the rest of
    this body for a request (RFC 9112, section 6.1). Raises ClientError."""
    if {"content-length", "transfer-encoding"} <= set(exchange.headers):
        exchange.extra_headers.append((b"connection", b"close"))
        raise ClientError("Send either Content-Length or Transfer-Encoding, not both.")


def _check_protocol(exchange: Exchange) -> None:
    """Tell a live stream which port it wants, also at addresses that have a page for a plain GET.
    Other upgrades (HTTP/2) are ignored, as RFC 9110, section 7.8 has it. Raises NotFound."""
    if exchange.headers.get("upgrade", "").strip().lower() == "websocket":
        error = NotFound(
            "This is an HTTP port: open live streams at the WebSocket port, usually ws://HOST:8765."
        )
        error.hints = {"usual_address": "ws://HOST:8765"}
        raise error


def _going_down() -> Draining:
    return Draining("The server is shutting down: send this to another one.", retry_after_s=5)


def _request_info(scope: Scope, proxies: Proxies) -> RequestInfo:
    """The facts of a request. Changes the scope's path to the path below the prefix."""
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    ]
    client = scope.get("client")
    client_view = proxies.client_view(
        headers, client[0] if client else "local", scope["path"], secure=scope["scheme"] == "https"
    )
    scope["path"] = client_view.path
    query = scope["query_string"].decode("latin-1")
    try:
        values = dict(parse_qsl(query, max_num_fields=100))
    except ValueError:
        values = {}
    by_name = dict(headers)
    return RequestInfo(
        path=client_view.path,
        host=client_view.host,
        origin=by_name.get("origin"),
        headers=by_name,
        token=values.get("token"),
        address=client_view.address,
        prefix=client_view.prefix,
        secure=client_view.secure,
    )
