"""Forwarding headers are trusted only from configured proxies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.server.proxies import ClientView, Proxies, below, clean_prefix

PROXY, CLIENT, LIAR = "10.0.0.1", "192.0.2.7", "198.51.100.9"
OURS = Proxies(("10.0.0.0/8", "::1"), "/stt")


def from_hops(*lines: str) -> str:
    headers = [("x-forwarded-for", line) for line in lines]
    return OURS.client_view(headers, PROXY, "/").address


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        ((CLIENT,), CLIENT),
        ((f"{LIAR}, {CLIENT}",), CLIENT),
        ((LIAR, CLIENT), CLIENT),
        ((f"{CLIENT}, 10.0.0.2, 10.1.2.3",), CLIENT),
        (("10.0.0.2",), "10.0.0.2"),
        ((f"{CLIENT}:4711",), CLIENT),
        (("[2001:db8::1]:4711",), "2001:db8::1"),
        (("2001:DB8::1",), "2001:db8::1"),
        ((f"{LIAR}, unknown",), PROXY),
        (("",), PROXY),
        ((), PROXY),
    ],
)
def test_the_client_is_the_last_hop_before_trusted_proxies(
    lines: tuple[str, ...], client: str
) -> None:
    assert from_hops(*lines) == client


def test_forwarding_headers_of_untrusted_peers_are_ignored() -> None:
    headers = [
        ("host", "here"),
        ("x-forwarded-for", CLIENT),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "there"),
        ("x-forwarded-prefix", "/there"),
    ]
    assert OURS.client_view(headers, LIAR, "/stt/a") == ClientView(
        LIAR, "here", False, "/stt", "/a"
    )
    assert OURS.client_view(headers, PROXY, "/there/a") == ClientView(
        CLIENT, "there", True, "/there", "/a"
    )
    assert Proxies().client_view(headers, "local", "/a") == ClientView(
        "local", "here", False, "", "/a"
    )


def test_headers_that_a_proxy_omits_keep_the_connections_values() -> None:
    assert OURS.client_view([], "::1", "/stt", secure=True) == ClientView(
        "::1", None, True, "/stt", ""
    )
    mapped = OURS.client_view([("x-forwarded-for", CLIENT)], "::ffff:10.0.0.1", "/")
    assert mapped.address == CLIENT
    headers = [("host", "here"), ("x-forwarded-proto", "http, https"), ("x-forwarded-host", "a, b")]
    assert OURS.client_view(headers, PROXY, "/x") == ClientView(PROXY, "a", False, "/stt", "/x")


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("", ""),
        ("/", ""),
        ("stt", "/stt"),
        ("//evil.example//", "/evil.example"),
        ("/a/b/", "/a/b"),
        ("/a/../b", ""),
        ("/a\r\nSet-Cookie: b", ""),
        ("/a b", ""),
        ("/한", ""),
    ],
)
def test_a_prefix_is_a_path(text: str, prefix: str) -> None:
    assert clean_prefix(text) == prefix


@pytest.mark.parametrize(
    ("path", "rest"), [("/stt", ""), ("/stt/", "/"), ("/stt/a", "/a"), ("/sttx", "/sttx")]
)
def test_below_a_prefix(path: str, rest: str) -> None:
    assert below(path, "/stt") == rest
    assert below(path, "") == path


@pytest.mark.parametrize("wrong", ["nginx", "10.0.0.0/33", ""])
def test_an_invalid_network_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        Proxies((wrong,))


@given(st.lists(st.tuples(st.sampled_from(["host", "x-forwarded-for"]), st.text())), st.text())
def test_no_header_breaks_it(headers: list[tuple[str, str]], peer: str) -> None:
    OURS.client_view(headers, peer, "/")
    assert OURS.client_view(headers, PROXY, "/").address
