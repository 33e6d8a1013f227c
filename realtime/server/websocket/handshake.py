"""The HTTP side of port 8765: checks upgrades before they are made, and answers probes.

A page's script sees neither status nor body of a refused upgrade. So a browser (it sends `Origin`)
that may connect at all is let in and gets the reason over the socket; other clients get the HTTP
status.
"""

from __future__ import annotations

import http
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from realtime.errors import (
    BadOption,
    ClientError,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    RealtimeError,
)
from realtime.keys.holder import NOBODY
from realtime.live.configure import Configurator
from realtime.metrics import Metrics
from realtime.server.admission import Admission, RequestInfo
from realtime.server.proxies import ClientView
from realtime.server.websocket.session_store import SessionStore
from realtime.wire.base import Dialect, Opening
from realtime.wire.config import StreamConfig
from realtime.wire.dialects import dialect_of
from realtime.wire.native_dialect import NATIVE
from realtime.wire.texts import Language, preferred

log = structlog.get_logger(__name__)

MOST_QUERY_FIELDS = 100
USUAL_API_PORT = "8003"
"""Of the HTTP API, for errors; this server's own may be another, or behind a proxy."""
_ACCEPT_LANGUAGE = re.compile(rb"(?i)\r\naccept-language:([^\r\n]*)")

Probe = Callable[[], tuple[int, str, bytes]]
"""Answers a plain GET with status, content type, body."""


@dataclass(slots=True)
class HandshakeResult:
    """Results of the handshake, for the connection that follows."""

    info: RequestInfo
    dialect: Dialect = NATIVE
    """The dialect of the requested path."""
    language: Language = "en"
    """Language of sentences for the client's user."""
    owner: str = NOBODY
    """Owner of the key that the client sent."""
    config: StreamConfig | None = None
    resuming: bool = False
    """The client resumes a stream that is here, which adds no load."""
    refusal: RealtimeError | None = None
    """For browsers: the error to send over the socket."""


class Handshake:
    def __init__(
        self,
        admission: Admission,
        configurator: Configurator,
        sessions: SessionStore,
        probes: Mapping[str, Probe],
        metrics: Metrics,
        dialects: Sequence[Dialect],
        language: Language = "en",
    ) -> None:
        """`probes`: path → its probe. `dialects`: those that the server supports. `language`: of
        sentences for clients that name none."""
        self._language = language
        self._admission = admission
        self._configurator = configurator
        self._sessions = sessions
        self._probes = probes
        self._metrics = metrics
        self._dialects = dialects
        self._entries: WeakKeyDictionary[ServerConnection, HandshakeResult] = WeakKeyDictionary()

    def entry(self, connection: ServerConnection) -> HandshakeResult:
        """The results for a connection that passed `process`; they are returned once."""
        return self._entries.pop(connection)

    def subprotocol(
        self, connection: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        """The one of those offered to select, if any."""
        chosen = self._entries[connection].dialect.subprotocol(offered)
        return None if chosen is None else Subprotocol(chosen)

    def process(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a plain request, refuse a bad upgrade, or let a good one pass (None)."""
        language = self._language_of(request.headers)
        for name in ("Host", "Origin"):
            if len(request.headers.get_all(name)) > 1:  # it is unclear which is meant
                error = ClientError(f"The request has several {name} headers: send one.")
                return refusal(error, language=language)
        path, _, query = request.path.partition("?")
        client_view = self._seen(connection, request.headers, path)
        if "upgrade" not in ",".join(request.headers.get_all("Connection")).lower():
            return self._plain(client_view, request)
        entry = self._enter(client_view, query, request.headers)
        if entry.refusal is not None:
            self.count_refusal(entry.refusal, entry.owner)
            if entry.info.origin is None or isinstance(entry.refusal, NotFound | Forbidden):
                return refusal(entry.refusal, entry.dialect, entry.language)
        self._entries[connection] = entry
        return None

    def refuse_body(self, head: bytes) -> bytes:
        """The response to a request with a body. `head`: its header."""
        asked = _ACCEPT_LANGUAGE.search(head)
        language = preferred(asked and asked[1].decode("latin-1"), self._language)
        error = MethodNotAllowed(
            "This is the WebSocket port: send files to the HTTP API, usually on port "
            f"{USUAL_API_PORT}.",
            allowed=["GET", "HEAD"],
        )
        error.hints = {"usual_port": USUAL_API_PORT}
        return refusal(error, language=language).serialize()

    def count_refusal(self, error: RealtimeError, owner: str) -> None:
        """Log and count that a stream was refused, with its owner's name."""
        whose = {} if owner == NOBODY else {"client": self._admission.quotas.name(owner)}
        log.info("stream.refused", reason=error.code, **whose)
        self._metrics.sessions_rejected.labels(error.code).inc()

    def _seen(self, connection: ServerConnection, headers: Headers, path: str) -> ClientView:
        address = connection.remote_address
        peer = str(address[0]) if isinstance(address, tuple) and address else "local"
        lowered = [(name.lower(), value) for name, value in headers.raw_items()]
        return self._admission.proxies.client_view(lowered, peer, path)

    def _enter(self, client_view: ClientView, query: str, headers: Headers) -> HandshakeResult:
        """Check everything that is known before the upgrade."""
        lowered = _lowered(headers)
        values, problem = _query(query)
        info = RequestInfo(
            path=client_view.path or "/",
            host=client_view.host,
            origin=lowered.get("origin"),
            headers=lowered,
            token=values.get("token"),
            address=client_view.address,
        )
        dialect = dialect_of(info.path, self._dialects)
        entry = HandshakeResult(info, dialect or NATIVE, self._language_of(headers))
        try:
            entry.owner = self._admission.check(info)
            if dialect is None:
                raise _no_stream(info.path)
            if problem is not None:
                raise problem
            entry.resuming = self._sessions.knows(values.get("session", ""), entry.owner)
            self._admission.check_capacity(
                client_view.address, entry.owner, resuming=entry.resuming
            )
            entry.config = self._configurator.new(
                dialect.options(Opening(info.path, values, lowered))
            )
        except RealtimeError as error:
            entry.refusal = error
        return entry

    def _plain(self, client_view: ClientView, request: Request) -> Response:
        """Answer a request without an upgrade: a probe, or a client at the wrong port."""
        try:
            self._admission.check_host(client_view.host)
            if request.method not in ("GET", "HEAD"):
                raise MethodNotAllowed("Use GET.", allowed=["GET", "HEAD"])
            probe = self._probes.get(client_view.path)
            if probe is None:
                known = ", ".join(sorted(self._probes))
                error = NotFound(
                    "This is the WebSocket port: open a WebSocket at /, send files to the HTTP "
                    f"API (usually on port {USUAL_API_PORT}), or GET {known}."
                )
                error.hints = {"probes": known}
                raise error
        except RealtimeError as error:
            return refusal(error, language=self._language_of(request.headers))
        response = _response(*probe())
        if request.method == "HEAD":
            response.body = b""
        return response

    def _language_of(self, headers: Headers) -> Language:
        """The language that the client prefers (Accept-Language), or the server's."""
        return preferred(",".join(headers.get_all("Accept-Language")), self._language)


def _no_stream(path: str) -> NotFound:
    error = NotFound(f"There is no stream at {path[:200]}: connect to / or /v1/stream.")
    error.hints = {"stream_paths": "/ 또는 /v1/stream"}
    return error


def _lowered(headers: Headers) -> dict[str, str]:
    """Lower-case name of a header → its value; the last where it is repeated."""
    return {name.lower(): value for name, value in headers.raw_items()}


def _query(query: str) -> tuple[dict[str, str], BadOption | None]:
    """The fields of a query; none, and an error, where there are too many."""
    try:
        return dict(
            parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_QUERY_FIELDS)
        ), None
    except ValueError:
        return {}, BadOption(f"The query has more than {MOST_QUERY_FIELDS} fields: leave some out.")


def refusal(error: RealtimeError, dialect: Dialect = NATIVE, language: Language = "en") -> Response:
    """An HTTP response that says what is wrong."""
    body = dialect.refusal(error, language)
    response = _response(error.http_status, "application/json", body)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.details["allowed"])
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if error.http_status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _response(status: int, content_type: str, body: bytes) -> Response:
    headers = Headers(
        {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Connection": "close",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return Response(status, http.HTTPStatus(status).phrase, headers, body)
