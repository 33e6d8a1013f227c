"""A server's HTTP API as a recogniser."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import stamina

from realtime.client.errors import KEY_ADVICE, TRUST_ADVICE, Refused, Unreachable
from realtime.commands.transcription.recogniser import Answer, OnProgress
from realtime.errors import RealtimeError, ServerError, Unauthorized

UPLOAD = "/transcribe_by_upload"
BACKEND = "/backend/current"
CONNECT_S = 10.0
STALL_S = 120.0
"""How long one piece of an upload may take. The answer may take hours: long file, long queue."""
PATIENCE_S = 900.0
"""How long requests to a busy or restarting server are repeated."""
TRIES = 60
BROKEN_TRIES = 4
"""Tries to upload one recording before a broken connection is an error."""
KEEPALIVE_S = 60
"""After this long without a byte, TCP keep-alive checks that the server's machine still runs."""


class ServerBusy(ServerError):
    """The server is busy; `retry_after_s` is the pause that it asks for, if any."""

    code = "busy"


class Server:
    """The API at one address. Open it with `connected`."""

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def transcribe(
        self, path: Path, fields: Mapping[str, object], on_progress: OnProgress
    ) -> Answer:
        """Upload one recording and wait for its transcript.

        Raises Unreachable, Unauthorized, Refused (with the server's sentence), OSError.
        """
        on_progress(0.0, None)
        tries = stamina.retry_context(_Patience(), attempts=TRIES, timeout=PATIENCE_S)
        try:
            async for attempt in tries:
                with attempt:
                    answer = await self._send(path, fields)
        except httpx2.HTTPError as error:
            raise Unreachable(
                f"The connection to {self._url} broke ({error or type(error).__name__}): run "
                "the same command again to continue."
            ) from error
        duration_s = float(answer.get("duration", 0.0))
        on_progress(duration_s, duration_s)
        return answer

    async def backend(self) -> str:
        """The backend's name. Raises Unreachable, Unauthorized, Refused."""
        answer = await self._client.get(BACKEND)
        return str(_body(answer).get("current_backend") or "")

    async def _send(self, path: Path, fields: Mapping[str, object]) -> dict[str, Any]:
        data = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in fields.items()
            if value is not None
        }
        with path.open("rb") as file:
            files = {"file": (path.name, file, "application/octet-stream")}
            answer = await self._client.post(UPLOAD, data=data, files=files)
        body = _body(answer)
        if not isinstance(body.get("segments"), list):
            raise Refused(
                f"{self._url} answers, but it is not a realtime-whisper server: correct --url."
            )
        return body


@asynccontextmanager
async def connected(url: str, token: str | None) -> AsyncIterator[Server]:
    """A server at `http://host:port`, after a first request to check that it answers.

    Raises Unreachable, Unauthorized, Refused.
    """
    headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})
    timeout = httpx2.Timeout(STALL_S, connect=CONNECT_S, read=None)
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    if hasattr(socket, "TCP_KEEPIDLE"):
        options.append((socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_S))
    transport = httpx2.AsyncHTTPTransport(
        limits=httpx2.Limits(max_connections=None), socket_options=options
    )
    try:
        async with httpx2.AsyncClient(
            base_url=url, headers=headers, timeout=timeout, transport=transport
        ) as client:
            server = Server(client, url)
            await server.backend()
            yield server
    except httpx2.InvalidURL as error:
        raise Unreachable(
            f"{url} is not the address of a server: write http://HOST:8003."
        ) from error
    except httpx2.HTTPError as error:
        raise Unreachable(_unanswered(url, error)) from error


def _unanswered(url: str, error: httpx2.HTTPError) -> str:
    said = str(error) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in said:  # the error of OpenSSL, as text alone
        return f"{url} has a certificate that is not trusted here. {TRUST_ADVICE}"
    advice = "start it with realtime serve, or correct --url."
    if "WRONG_VERSION_NUMBER" in said:
        return f"{url} does not answer over TLS. If it uses none, write http:// in --url."
    if isinstance(error, httpx2.RemoteProtocolError) and url.startswith("http:"):
        advice = "if it uses TLS, write https:// in --url."
    return f"No server answers at {url} ({said.rstrip('.')}): {advice}"


class _Patience:
    """Decides for one recording whether to try again: after the returned seconds, or (True) after a
    growing pause."""

    def __init__(self) -> None:
        self._broken = 0

    def __call__(self, error: Exception) -> bool | float:
        if isinstance(error, ServerBusy):
            return error.retry_after_s if error.retry_after_s is not None else True
        self._broken += 1
        return isinstance(error, httpx2.TransportError) and self._broken < BROKEN_TRIES


def _body(answer: httpx2.Response) -> dict[str, Any]:
    """The answer's JSON. Raises Unauthorized, ServerBusy or Refused, depending on the status."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.is_success and isinstance(body, dict):
        return body
    raise _error(answer, body)


def _error(answer: httpx2.Response, body: object) -> RealtimeError:
    detail = body.get("detail") if isinstance(body, dict) else None
    detail = detail if isinstance(detail, dict) else {}
    code = str(detail.get("code", answer.status_code))
    message = str(detail.get("message") or f"The server answered {answer.status_code}.")
    if answer.status_code == 401:
        return Unauthorized(f"{message} {KEY_ADVICE}")
    if answer.status_code in (429, 503):
        after = answer.headers.get("retry-after", "")
        return ServerBusy(message, retry_after_s=float(after) if after.isdecimal() else None)
    return Refused(message, code)
