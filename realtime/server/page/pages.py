"""The files of the page, with headers that keep foreign code out of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from realtime.errors import SetupError

INDEX, CAPTIONS, SHARED = DOCUMENTS = ("index.html", "captions.html", "shared.html")
NONCE_MARK = "{nonce}"
_HOST = re.compile(r"(?P<name>[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def web_folder() -> Path:
    """Where the page's files are: in the installed package, or beside it in the source tree.

    Raises SetupError where an installation lacks them.
    """
    package = Path(__file__).parents[2]
    for folder in (package / "web", package.parent / "web"):
        if (folder / DOCUMENTS[0]).is_file():
            return folder
    raise SetupError("The files of the web page are missing: install realtime-whisper again.")


def host_name(header: str | None) -> str | None:
    """The name in a Host header, without its port; an IPv6 address keeps its brackets. None for
    text that must not get into another header."""
    match = _HOST.match(header or "")
    return match["name"] if match else None


def host_and_port(header: str | None) -> str | None:
    """Like `host_name`, with the port where there is one."""
    match = _HOST.match(header or "")
    return match[0] if match else None


@dataclass(frozen=True, slots=True)
class LiveServers:
    """Live servers that the page may use besides its own."""

    listed: tuple[str, ...] = ()
    """URLs such as `wss://gpu1:8765`."""
    any: bool = False
    """Whether users may enter any other address."""


def sockets(own: str, others: LiveServers) -> tuple[str, ...]:
    """Where a page may open WebSockets, as sources of a content security policy.

    `own`: the address of the page's own live server.
    """
    if others.any:
        return ("ws:", "wss:")
    if "[" in own:  # the grammar of sources knows no IPv6 address: browsers would ignore it
        own = own[: own.index(":") + 1]
    return tuple(dict.fromkeys((own.rstrip("/"), *others.listed)))


def policy(nonce: str, sockets: tuple[str, ...]) -> str:
    """The content security policy of a document.

    `nonce`: for the styles that the waveform creates. `sockets`: the result of `sockets()`.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self' blob:",
            "worker-src 'self'",
            " ".join(("connect-src 'self' blob:", *sockets)),
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class Pages(StaticFiles):
    """Files with an ETag, which browsers revalidate each time (`no-cache`), so that files of two
    versions never mix; documents with a policy and a fresh nonce."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self._folder = folder

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Raises starlette's HTTPException where there is no such file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        return response

    def document(
        self,
        name: str,
        sockets: tuple[str, ...],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """One of `DOCUMENTS`. `sockets`: the result of `sockets()`. `headers`: further ones."""
        nonce = secrets.token_urlsafe(16)
        text = (self._folder / name).read_text(encoding="utf-8").replace(NONCE_MARK, nonce)
        own = Headers(
            {
                "Cache-Control": "no-store",
                "Content-Security-Policy": policy(nonce, sockets),
                "Permissions-Policy": "microphone=(self), display-capture=(self), camera=(), "
                "geolocation=(), usb=()",
                "Cross-Origin-Opener-Policy": "same-origin",
            }
        )
        return HTMLResponse(text, status, {**own, **(headers or {})})
