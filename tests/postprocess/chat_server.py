"""A real HTTP server that speaks the chat API, with a model that does what a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Request = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the server sends."""

    content: str = ""
    """Of the chat answer, unless `body` is given."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """As it is, in place of a chat answer."""


Model = Callable[[Request], Reply]


@dataclass
class ChatServer:
    """A running server."""

    url: str
    requests: list[Request]
    """Bodies, in order."""
    keys: list[str]
    """`Authorization` headers."""
    silent: threading.Event
    """While it is set the server takes requests and gives no answer."""

    def said(self, index: int = -1) -> str:
        """The user's message of a request."""
        messages = self.requests[index]["messages"]
        return next(str(m["content"]) for m in messages if m["role"] == "user")


@contextmanager
def chatting(model: Model) -> Iterator[ChatServer]:
    """The server on a free port of loopback."""
    served = ChatServer("", [], [], threading.Event())
    stopping = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.requests.append(request)
            served.keys.append(self.headers.get("Authorization", ""))
            if served.silent.is_set():
                stopping.wait()
                return
            reply = model(request) if self.path.endswith("/chat/completions") else Reply(status=404)
            message = {"role": "assistant", "content": reply.content}
            body = reply.body
            if body is None:
                body = json.dumps({"choices": [{"message": message}]}).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
