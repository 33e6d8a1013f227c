"""A real HTTP server that speaks the chat API; a test supplies the model."""

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
    """A response of the server."""

    content: str = ""
    """Content of the chat answer, unless `body` is set."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Raw body to send in place of a chat answer."""


Model = Callable[[Request], Reply]


@dataclass
class ChatServer:
    """A running server and the requests that it has received."""

    url: str
    requests: list[Request]
    """Bodies of the requests, in order."""
    keys: list[str]
    """`Authorization` headers of the requests, in order."""
    silent: threading.Event
    """While this is set, the server accepts requests and does not answer."""

    def said(self, index: int = -1) -> str:
        """The user's message in a request."""
        messages = self.requests[index]["messages"]
        return next(str(m["content"]) for m in messages if m["role"] == "user")


@contextmanager
def chatting(model: Model) -> Iterator[ChatServer]:
    """Run the server on a free port of loopback."""
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
