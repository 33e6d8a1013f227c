"""A model hub on loopback: a real HTTP server that implements the part of the hub's protocol that a
download needs, and can be made to fail like a real hub."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.weights.loopback import listening

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class LocalHub:
    """The content of the hub and its behaviour; tests change the fields while it runs."""

    endpoint: str = ""
    repositories: dict[str, Path] = field(default_factory=dict)
    """`org/name` → folder with the repository's files."""
    claimed_bytes: int | None = None
    """False size to report for model.bin, as if it were too large for any disk."""
    status: int | None = None
    """Status with which to answer every request."""
    break_at: int | None = None
    """Number of bytes of model.bin after which to drop the connection, once."""
    stays_broken: bool = False
    """Whether to answer later requests for model.bin with 500."""
    hang: threading.Event | None = None
    """Event before which no request is answered."""
    requests: list[str] = field(default_factory=list)
    """Received requests as `GET /path [Range]`, in order."""
    broken: bool = False


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Keeps requests out of the tests' output."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        hub = self.hub
        asked = self.headers.get("Range", "")
        hub.requests.append(f"{self.command} {self.path} {asked}".strip())
        if hub.hang is not None:
            hub.hang.wait()
        if hub.status is not None:
            self._send(hub.status, b"{}", body=body)
            return
        path = self.path.partition("?")[0]
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)", path):
            self._describe(match[1])
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            self._file(match[1], match[2], asked, body=body)
        else:
            self._send(404, b"{}", body=body)

    def _describe(self, repository: str) -> None:
        folder = self.hub.repositories.get(repository)
        if folder is None:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body=True)
            return
        files = []
        for file in sorted(folder.iterdir()):
            size = file.stat().st_size
            if file.name == "model.bin" and self.hub.claimed_bytes is not None:
                size = self.hub.claimed_bytes
            files.append({"rfilename": file.name, "size": size, "blobId": _etag(file)})
        answer = {"id": repository, "modelId": repository, "sha": COMMIT, "siblings": files}
        self._send(200, json.dumps(answer).encode(), body=True)

    def _file(self, repository: str, name: str, asked: str, *, body: bool) -> None:
        file = self.hub.repositories[repository] / name
        content = file.read_bytes()
        headers = {"ETag": f'"{_etag(file)}"', "X-Repo-Commit": COMMIT}
        if body and name == "model.bin" and self.hub.broken and self.hub.stays_broken:
            self._send(500, b"{}", body=True)
            return
        if body and name == "model.bin" and self.hub.break_at is not None and not self.hub.broken:
            self.hub.broken = True
            self._head(200, len(content), headers)
            self.wfile.write(content[: self.hub.break_at])
            self.close_connection = True
            return
        if match := re.fullmatch(r"bytes=(\d+)-", asked):
            start = int(match[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._send(206, content[start:], headers, body=body)
            return
        self._send(200, content, headers, body=body)

    def _send(
        self, status: int, content: bytes, headers: dict[str, str] | None = None, *, body: bool
    ) -> None:
        self._head(status, len(content), headers or {})
        if body:
            self.wfile.write(content)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def _etag(file: Path) -> str:
    return hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest()


@contextmanager
def serve() -> Iterator[LocalHub]:
    """Run a hub on a free port of loopback."""
    hub = LocalHub()

    def release() -> None:
        if hub.hang is not None:
            hub.hang.set()

    with listening(type("Handler", (_Handler,), {"hub": hub}), release) as hub.endpoint:
        yield hub
