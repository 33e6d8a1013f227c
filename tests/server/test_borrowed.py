"""The undocumented parts of two libraries that the server uses, by name, so that this test and not
a failing stream detects a version with different internals. `pyproject.toml` excludes untested
major versions."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Mapping
from types import ModuleType

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from websockets.asyncio.server import ServerConnection

from realtime.server.http import guard
from realtime.server.http.guard import GuardedProtocol
from realtime.server.websocket import socket
from realtime.server.websocket.socket import StreamSocket
from tests.readme import ROOT
from tests.server.support import client, running, script

WEBSOCKETS: Mapping[str, str | None] = {
    "connection_made": "(self, transport)",
    "data_received": "(self, data)",
    "eof_received": "(self)",
    "connection_lost": "(self, exc)",
    "resume_writing": "(self)",
    "process_event": "(self, event)",
    "send_data": "(self)",
    "drain": "(self)",
    "loop": None,
    "paused": None,
    "protocol": None,
    "send_in_progress": None,
    "transport": None,
}
"""Name → parameters, or None for an attribute of every connection."""
WEBSOCKETS_DOCUMENTED = {"close", "ping", "remote_address", "state", "send", "close_code"}
UVICORN: Mapping[str, str | None] = {
    "__init__": "(self, config, server_state, app_state, _loop)",
    "connection_made": "(self, transport)",
    "connection_lost": "(self, exc)",
    "pause_writing": "(self)",
    "resume_writing": "(self)",
    "handle_events": "(self)",
    "on_response_complete": "(self)",
    "client": None,
    "conn": None,
    "connections": None,
    "loop": None,
    "transport": None,
}


def used(module: ModuleType, own: type) -> set[str]:
    """Names that the methods of a class use from its base class."""
    tree = ast.parse(inspect.getsource(module))
    (body,) = (
        item for item in tree.body if isinstance(item, ast.ClassDef) and item.name == own.__name__
    )
    made = {*vars(own), *own.__annotations__}
    found = set()
    for item in ast.walk(body):
        match item:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                made.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found.add(name)
    from_super = {
        item.attr
        for item in ast.walk(body)
        if isinstance(item, ast.Attribute)
        and isinstance(item.value, ast.Call)
        and isinstance(item.value.func, ast.Name)
        and item.value.func.id == "super"
    }
    return (found - made) | from_super


def used_by_neighbours() -> set[str]:
    """Names that other modules of the folder use from a `StreamSocket`'s base class."""
    folder = ROOT / "realtime/server/websocket"
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    return set(re.findall(r"\bself\._socket\.(\w+)", text)) - set(vars(StreamSocket))


def test_what_is_used_of_websockets_is_listed() -> None:
    listed = WEBSOCKETS_DOCUMENTED | set(WEBSOCKETS)
    assert used(socket, StreamSocket) | used_by_neighbours() == listed


def test_what_is_used_of_uvicorn_is_listed() -> None:
    assert used(guard, GuardedProtocol) == set(UVICORN)


@pytest.mark.parametrize(
    ("library", "names"), [(ServerConnection, WEBSOCKETS), (H11Protocol, UVICORN)]
)
def test_methods_have_the_expected_parameters(
    library: type, names: Mapping[str, str | None]
) -> None:
    for name, parameters in names.items():
        if parameters is not None:
            found = inspect.signature(getattr(library, name)).parameters
            assert f"({', '.join(found)})" == parameters, name


async def test_every_connection_has_the_attributes() -> None:
    async with running(script("alpha")) as served, client(served.url) as caller:
        await caller.receive()
        (connection,) = served.server._sessions.connections
        missing = [name for name in WEBSOCKETS if not hasattr(connection._socket, name)]
        assert missing == []
        assert connection._socket.paused is False
        assert connection._socket.send_in_progress is None


def test_uvicorn_sets_the_attributes() -> None:
    made = inspect.getsource(H11Protocol)
    missing = [name for name, kind in UVICORN.items() if kind is None and name not in made]
    assert missing == []


@pytest.mark.parametrize("library", ["websockets", "uvicorn"])
def test_untested_major_versions_are_excluded(library: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = (item for item in project["dependencies"] if item.startswith(library + ">"))
    locked = re.search(rf"^{library}==(\d+)", (ROOT / "requirements.lock").read_text(), re.M)
    assert locked is not None
    assert wanted.endswith(f",<{int(locked[1]) + 1}")
