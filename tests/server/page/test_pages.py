"""The location of the page's files, and its content security policy."""

from __future__ import annotations

import tomllib

import pytest

from realtime.server.admission import RequestInfo
from realtime.server.page.app import LiveAddress
from realtime.server.page.pages import (
    DOCUMENTS,
    LiveServers,
    host_name,
    policy,
    sockets,
    web_folder,
)
from tests.readme import ROOT


def test_the_page_is_in_the_tree_and_in_the_wheel() -> None:
    assert web_folder() == ROOT / "web"
    assert all((web_folder() / name).is_file() for name in DOCUMENTS)
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    targets = hatch["build"]["targets"]
    assert targets["wheel"]["force-include"]["web"] == "realtime/web"
    assert "web" in targets["sdist"]["include"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:8100", "localhost"),
        ("example.org", "example.org"),
        ("[::1]:8100", "[::1]"),
        ("a; script-src *", "a"),
        ("a\r\nX: y", "a"),
        ("", None),
        (None, None),
        ("*", None),
    ],
)
def test_only_host_names_get_into_the_policy(header: str | None, name: str | None) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("public", "secure", "url"),
    [
        ("", False, "ws://stt.example.org:8765"),
        ("", True, "wss://stt.example.org:8765"),
        ("wss://gpu/live", False, "wss://gpu/live"),
        (":9000", False, "ws://stt.example.org:9000"),
        (":9000", True, "wss://stt.example.org:9000"),
        ("/", True, "wss://stt.example.org:8100/"),
        ("/live", False, "ws://stt.example.org:8100/live"),
    ],
)
def test_the_live_server_has_the_address_that_the_page_can_reach(
    public: str, secure: bool, url: str
) -> None:
    info = RequestInfo("/", "stt.example.org:8100", None, {}, None, "192.0.2.1", secure=secure)
    assert LiveAddress(8765, tls=False, public=public).url(info) == url


def test_a_request_without_a_host_is_treated_as_localhost() -> None:
    info = RequestInfo("/", None, None, {}, None, "127.0.0.1")
    assert LiveAddress(-1, tls=False, public="/").url(info) == "ws://localhost/"


def test_the_policy_allows_what_the_page_needs_and_no_more() -> None:
    parts = dict(part.split(" ", 1) for part in policy("N", ("ws://h:1",)).split("; "))
    assert parts["connect-src"] == "'self' blob: ws://h:1"
    assert parts["style-src"] == "'self' 'nonce-N'"
    assert parts["frame-ancestors"] == parts["base-uri"] == parts["form-action"] == "'none'"


@pytest.mark.parametrize(
    ("own", "others", "sources"),
    [
        ("ws://h:1", LiveServers(), ("ws://h:1",)),
        ("wss://h/", LiveServers(), ("wss://h",)),
        ("ws://[::1]:1", LiveServers(), ("ws:",)),
        ("ws://h:1", LiveServers(("wss://a:2", "ws://h:1")), ("ws://h:1", "wss://a:2")),
        ("ws://h:1", LiveServers(("wss://a:2",), any=True), ("ws:", "wss:")),
    ],
)
def test_the_policy_names_the_servers_that_may_be_chosen(
    own: str, others: LiveServers, sources: tuple[str, ...]
) -> None:
    assert sockets(own, others) == sources
