"""The HTTP side of port 8765: upgrades are checked before they are made, and probes are answered.

A page's script sees neither status nor body of a refused upgrade. So a browser (it sends `Origin`)
that may connect at all is let in and told why over the socket; everyone else gets the HTTP status.
"""

from __future__ import annotations

import http
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from realtime.errors import NotFound, RealtimeError, UnknownModel
from realtime.server.admission import Admission, Asked
from realtime.wire.config import StreamConfig, StreamDefaults, parse_config

ENTRY = "realtime_entry"
"""Attribute under which a connection carries its `Entry` from the handshake to its handler."""

Probe = Callable[[], tuple[int, str, bytes]]
"""Answers a plain GET: status, content type, body."""


@dataclass(slots=True)
class Entry:
    """What the handshake found out, for the connection that follows."""

    asked: Asked
    config: StreamConfig | None
    refusal: RealtimeError | None = None
    """For browsers: to be said over the socket."""


class Handshake:
    def __init__(
        self,
        admission: Admission,
        defaults: Callable[[], StreamDefaults],
        models: Callable[[], tuple[str, ...]],
        probes: Mapping[str, Probe],
        rejected: Callable[[RealtimeError], None],
    ) -> None:
        """`models`: names that a stream may ask for. `probes`: path → answer."""
        self.admission = admission
        self._defaults = defaults
        self._models = models
        self._probes = probes
        self._rejected = rejected

    def process(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a request that is no upgrade, refuse a bad one, or let it pass (None).

        An upgrade that passes leaves its `Entry` in `connection.entry`.
        """
        url = urlsplit(request.path)
        if "upgrade" not in request.headers.get("Connection", "").lower():
            return self._plain(url.path, request)
        entry = self.enter(url.path, url.query, request.headers, connection.remote_address)
        if entry.refusal is not None:
            self._rejected(entry.refusal)
            if entry.asked.origin is None or isinstance(entry.refusal, NotFound):
                return refusal(entry.refusal)
        vars(connection)[ENTRY] = entry
        return None

    def enter(self, path: str, query: str, headers: Headers, address: object) -> Entry:
        """Everything that is known before the upgrade."""
        values = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=100))
        lowered = {name.lower(): value for name, value in headers.raw_items()}
        peer = str(address[0]) if isinstance(address, tuple) and address else "local"
        asked = Asked(
            path,
            lowered.get("host"),
            lowered.get("origin"),
            lowered,
            values.get("token"),
            peer,
        )
        entry = Entry(asked, None)
        try:
            self.admission.check(asked)
            self.admission.check_capacity(peer)
            entry.config = self.configure(values)
        except RealtimeError as error:
            entry.refusal = error
        return entry

    def configure(
        self, values: Mapping[str, object], base: StreamConfig | None = None
    ) -> StreamConfig:
        """Options of a query or a `start`; raises BadOption, UnknownModel."""
        config = parse_config(values, self._defaults(), base)
        available = self._models()
        if config.model is not None and config.model not in available:
            raise UnknownModel(
                f"There is no model {config.model[:100]!r} here: leave `model` out or use "
                + ", ".join(available)
                + ".",
                field="model",
                available=list(available),
            )
        return config

    def _plain(self, path: str, request: Request) -> Response:
        try:
            self.admission.check_host(request.headers.get("Host"))
        except RealtimeError as error:
            return refusal(error)
        probe = self._probes.get(path)
        if getattr(request, "method", "GET") not in ("GET", "HEAD"):
            return _response(405, "application/json", _body("method_not_allowed", "Use GET."))
        if probe is None:
            known = ", ".join(sorted(self._probes))
            return refusal(
                NotFound(f"This is the WebSocket port: open a WebSocket at /, or GET {known}.")
            )
        return _response(*probe())


def choose_subprotocol(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """A browser drops a connection whose offered subprotocols are not answered: echo the first."""
    return offered[0] if offered else None


def refusal(error: RealtimeError) -> Response:
    """An HTTP answer that says what is wrong."""
    response = _response(
        error.http_status, "application/json", _body(error.code, error.message, error.details)
    )
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if error.http_status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _body(code: str, message: str, details: Mapping[str, object] | None = None) -> bytes:
    detail = {**(details or {}), "code": code, "error": code, "message": message}
    return orjson.dumps({"detail": detail}, default=str) + b"\n"


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
