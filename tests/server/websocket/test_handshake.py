"""HTTP on the WebSocket port: refusals, keys, hosts, methods, slow headers."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from realtime.server.admission import AdmissionOptions
from realtime.server.websocket.server import ServerOptions
from tests.server.support import PATIENCE_S, client, running, script

TALK = script("alpha bravo")
KEY = "open-sesame-1234"
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def ask(url: str, request: str) -> tuple[int, dict[str, str], bytes]:
    """Send a raw request; → status, headers and body; status 0 where there is no answer.

    The request is in the kernel's buffers before the server, on the same thread, can accept: so it
    is never late, however slow the machine is.
    """
    host, _, port = url.removeprefix("ws://").partition(":")
    caller = socket.create_connection((host, int(port)))
    caller.sendall(request.encode("latin-1"))
    caller.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=caller)
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    return int(status.split(" ")[1]) if status else 0, headers, body


async def refused(url: str, **arguments: Any) -> tuple[InvalidStatus, dict[str, Any]]:
    """Check that an upgrade is refused; → the refusal, and the detail of its JSON body."""
    with pytest.raises(InvalidStatus) as caught:
        await connect(url, compression=None, **arguments)
    body = json.loads(caught.value.response.body)
    assert body["detail"]["message"]
    return caught.value, body["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("encoding=mp7", "encoding"),
        ("sample_rate=7999", "sample_rate"),
        ("sample_rate=fast", "sample_rate"),
        ("channels=9", "channels"),
        ("language=klingonese", "language"),
        ("task=sing", "task"),
        ("chunk_duration=1", "chunk_duration"),
        ("chunk_duration=2&overlap_duration=2", "overlap_duration"),
        ("hop=nan", "hop"),
        ("endpoint_ms=-1", "endpoint_ms"),
        ("preset=best", "preset"),
        ("beam_size=11", "beam_size"),
        ("vad=ears", "vad"),
        ("words=perhaps", "words"),
        ("idle_close_ms=x", "idle_close_ms"),
    ],
)
async def test_bad_values_are_refused_before_any_audio(query: str, field: str) -> None:
    async with running(TALK) as served:
        refusal, detail = await refused(f"{served.url}/?{query}")
        assert refusal.response.status_code == 400
        assert (detail["code"], detail["field"]) == ("bad_option", field)
        async with client(f"{served.url}/?{query}", origin="http://localhost:8100") as page:
            messages = await page.rest()
            assert [(m["type"], m["code"], m["fatal"]) for m in messages] == [
                ("error", "bad_option", True)
            ]
            assert messages[0]["message"] == detail["message"]
            assert page.socket.close_code == 1008
        assert served.metric("sessions_rejected_total", reason="bad_option") == 2
        assert served.admission.active == 0


async def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    async with running(TALK) as served:
        refusal, detail = await refused(f"{served.url}/?model=large-v9")
        assert refusal.response.status_code == 400
        assert detail["code"] == "model_not_found"
        assert detail["available"] == ["scripted"]
        async with client(f"{served.url}/?model=scripted") as caller:
            assert (await caller.receive())["type"] == "ready"


async def test_a_query_with_too_many_parts_is_refused() -> None:
    async with running(TALK) as served:
        refusal, detail = await refused(f"{served.url}/?" + "a=1&" * 200)
        assert (refusal.response.status_code, detail["code"]) == (400, "bad_option")


async def test_keys() -> None:
    async with running(TALK, admission=AdmissionOptions(api_keys=(KEY,))) as served:
        refusal, detail = await refused(served.url)
        assert refusal.response.status_code == 401
        assert refusal.response.headers["WWW-Authenticate"] == "Bearer"
        assert detail["code"] == "unauthorized"
        await refused(f"{served.url}/?token=wrong")
        ways: list[tuple[str, dict[str, Any]]] = [
            (f"{served.url}/?token={KEY}", {}),
            (served.url, {"additional_headers": {"Authorization": f"Bearer {KEY}"}}),
            (served.url, {"additional_headers": {"X-API-Key": KEY}}),
            (served.url, {"subprotocols": ["token", KEY]}),
        ]
        for url, way in ways:
            async with client(url, **way) as caller:
                assert (await caller.receive())["type"] == "ready"
                assert caller.socket.subprotocol == ("token" if "subprotocols" in way else None)
        async with client(served.url, origin="http://localhost") as page:
            assert (await page.receive())["code"] == "unauthorized"
            assert await page.closed() == 1008


async def test_foreign_origins_and_hosts_are_forbidden() -> None:
    async with running(TALK) as served:
        refusal, detail = await refused(served.url, origin="https://evil.example")
        assert (refusal.response.status_code, detail["code"]) == (403, "access_denied")
        status, _, _ = await ask(served.url, "GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert status == 403
        request = f"GET / HTTP/1.1\r\nHost: evil.example\r\n{UPGRADE}\r\n"
        status, _, body = await ask(served.url, request)
        assert (status, json.loads(body)["detail"]["code"]) == (403, "access_denied")


@pytest.mark.parametrize("upgrade", ["", UPGRADE])
async def test_two_names_and_a_name_with_a_user_are_refused(upgrade: str) -> None:
    async with running(TALK) as served:
        for path in ("/", "/health"):
            two = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n{upgrade}\r\n"
            assert (await ask(served.url, two))[0] == 400
            user = f"GET {path} HTTP/1.1\r\nHost: evil.example@localhost\r\n{upgrade}\r\n"
            assert (await ask(served.url, user))[0] == 403


async def test_behind_a_proxy_clients_are_told_apart_and_paths_have_a_prefix() -> None:
    behind = AdmissionOptions(
        trusted_proxies=("127.0.0.1",), root_path="/stt", max_per_address=1, max_sessions=9
    )
    mine, yours = ({"X-Forwarded-For": f"192.0.2.{number}"} for number in (1, 2))
    async with running(TALK, admission=behind) as served:
        url = f"{served.url}/stt/v1/stream"
        async with client(url, additional_headers=mine) as first:
            await first.until("ready")
            refusal, detail = await refused(url, additional_headers=mine)
            assert (refusal.response.status_code, detail["code"]) == (429, "busy")
            async with client(f"{served.url}/stt", additional_headers=yours) as other:
                await other.until("ready")
        status, _, _ = await ask(served.url, "GET /stt/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status == 200


async def test_unknown_paths_are_not_there_also_for_browsers() -> None:
    async with running(TALK) as served:
        for origin in (None, "http://localhost"):
            refusal, detail = await refused(f"{served.url}/nowhere", origin=origin)
            assert (refusal.response.status_code, detail["code"]) == (404, "not_found")
        _, detail = await refused(
            f"{served.url}/nowhere", additional_headers={"Accept-Language": "ko"}
        )
        assert "/ 또는 /v1/stream" in detail["message"]
        request = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
        status, _, body = await ask(served.url, request)
        assert status == 404
        assert "/health" in json.loads(body)["detail"]["message"]
        for path in ("/", "/ws", "/v1/stream"):
            async with client(served.url + path) as caller:
                assert (await caller.receive())["type"] == "ready"


async def test_a_full_server_says_when_to_retry() -> None:
    async with (
        running(TALK, admission=AdmissionOptions(max_sessions=1)) as served,
        client(served.url) as first,
    ):
        await first.receive()
        refusal, detail = await refused(served.url)
        assert refusal.response.status_code == 503
        assert detail["code"] == "overloaded"
        assert int(refusal.response.headers["Retry-After"]) >= 1
        async with client(served.url, origin="http://localhost") as page:
            message = await page.receive()
            assert (message["code"], message["retry_after_s"]) == ("overloaded", 10)
            assert await page.closed() == 1013
    async with running(TALK, overloaded=lambda: True) as served, client(served.url) as first:
        await first.receive()
        refusal, _ = await refused(served.url)
        assert refusal.response.status_code == 503


async def test_too_many_of_one_address() -> None:
    async with (
        running(TALK, admission=AdmissionOptions(max_per_address=1)) as served,
        client(served.url) as first,
    ):
        await first.receive()
        refusal, detail = await refused(served.url)
        assert (refusal.response.status_code, detail["code"]) == (429, "busy")


async def test_subprotocols_are_echoed() -> None:
    async with (
        running(TALK) as served,
        client(served.url, subprotocols=["chat", "v2"]) as caller,
    ):
        assert caller.socket.subprotocol == "chat"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_not_allowed(method: str) -> None:
    async with running(TALK) as served:
        request = f"{method} /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        status, headers, _ = await ask(served.url, request)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")
        status, _, _ = await ask(
            served.url, f"{method} / HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}\r\n"
        )
        assert status == 405


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("length", ["Content-Length: 300000", "Transfer-Encoding: chunked"])
async def test_an_upload_to_the_wrong_port_is_told_where_to_go(language: str, length: str) -> None:
    """The library closes such a connection without a response."""
    async with running(TALK) as served:
        head = f"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nAccept-Language: {language}\r\n"
        status, headers, body = await ask(served.url, f"{head}{length}\r\n\r\n" + "a" * 300_000)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")
        detail = json.loads(body)["detail"]
        assert detail["code"] == "method_not_allowed"
        assert "8003" in detail["message"]
        assert detail["message"].isascii() is (language == "en")


@pytest.mark.parametrize("path", ["//[x", "/%zz", "/a?%ff=%00", "http://a/", "/#", "*"])
async def test_odd_paths_are_answered(path: str) -> None:
    async with running(TALK) as served:
        for upgrade in ("", UPGRADE):
            headers = f"Host: localhost\r\n{upgrade}Connection: close\r\n"
            status, _, _ = await ask(served.url, f"GET {path} HTTP/1.1\r\n{headers}\r\n")
            assert status == 404


async def test_head_has_no_body() -> None:
    async with running(TALK) as served:
        status, headers, body = await ask(
            served.url, "HEAD /live HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        assert (status, body) == (200, b"")
        assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize("garbage", ["hello\r\n\r\n", "GET / HTTP/1.1\r\nx\r\n\r\n"])
async def test_what_is_no_http_is_refused_at_once(garbage: str) -> None:
    async with running(TALK) as served:
        status, _, _ = await ask(served.url, garbage)
        assert status in (0, 400)
        async with client(served.url) as caller:
            assert (await caller.receive())["type"] == "ready"


@pytest.mark.parametrize(
    "head",
    ["", "\x16\x03\x01\x02\x00\x01\x00", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n"],
    ids=["nothing", "tls", "half"],
)
async def test_a_head_that_never_ends_is_disconnected(head: str) -> None:
    async with running(TALK, ServerOptions(port=0, open_timeout_s=0.05)) as served:
        status, _, _ = await ask(served.url, head)
        assert status == 0
        assert served.admission.active == 0
        live = "GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"
        async with asyncio.timeout(PATIENCE_S):
            while (await ask(served.url, live))[0] != 200:
                pass  # this head was late too, since the machine paused for 0.05 s


async def test_headers_that_are_too_many_are_refused() -> None:
    async with running(TALK) as served:
        many = "".join(f"X-{n}: y\r\n" for n in range(1_000))
        status, _, _ = await ask(served.url, f"GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n")
        assert status == 431


@pytest.mark.parametrize("extra", ["Host: evil.example\r\n", "Origin: a\r\nOrigin: b\r\n"])
@pytest.mark.parametrize("upgrade", [UPGRADE, ""], ids=["upgrade", "probe"])
async def test_two_hosts_are_one_too_many(extra: str, upgrade: str) -> None:
    async with running(TALK) as served:
        request = f"GET / HTTP/1.1\r\nHost: localhost\r\n{extra}{upgrade}\r\n"
        status, _, body = await ask(served.url, request)
        assert status == 400
        assert b"send one" in body
