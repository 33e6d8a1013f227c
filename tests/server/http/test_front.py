"""The gate's handling of pages from other origins and of proxies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from realtime.backends.scripted import ScriptedBackend
from realtime.server.admission import AdmissionOptions
from realtime.server.http.gate import USUAL_HEADERS
from tests.server.http.support import SPEECH, TALK, Hold, raw, running_api
from tests.waiting import eventually

FILE = {"file": ("a.wav", SPEECH)}


async def test_allowed_origins_may_send_and_read(tmp_path: Path) -> None:
    page = "https://app.example"
    async with running_api(tmp_path, cors=(page,)) as api, api.client() as http:
        asked = {"Origin": page, "Access-Control-Request-Method": "POST"}
        preflight = await http.options("/transcribe", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == page
        assert "POST" in preflight.headers["access-control-allow-methods"]
        answer = await http.post("/transcribe", files=FILE, headers={"Origin": page})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == page
        wrong = await http.get("/nothing", headers={"Origin": page})
        assert wrong.headers["access-control-allow-origin"] == page  # errors are readable too
        other = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        refused = await http.options("/transcribe", headers=other)
        assert "access-control-allow-origin" not in refused.headers


OPENAI_BROWSER = (
    "authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-os,"
    "x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime"
)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        (OPENAI_BROWSER, OPENAI_BROWSER),
        ("x-one, x-two", "x-one, x-two"),
        ("", USUAL_HEADERS),
        ("x-one; x-two", USUAL_HEADERS),
        ("x-one\u00e9", USUAL_HEADERS),
    ],
)
async def test_their_headers_may_be_any(tmp_path: Path, asked: str, allowed: str) -> None:
    page = "https://app.example"
    async with running_api(tmp_path, cors=(page,)) as api, api.client() as http:
        headers = [
            (b"Origin", page.encode()),
            (b"Access-Control-Request-Method", b"POST"),
            (b"Access-Control-Request-Headers", asked.encode("latin-1")),
        ]
        preflight = await http.options("/v1/audio/transcriptions", headers=headers)
        assert preflight.headers["access-control-allow-headers"] == allowed
        assert preflight.headers["access-control-allow-origin"] == page
        assert "access-control-request-headers" in preflight.headers["vary"]


async def test_two_lengths_of_one_body_are_refused_and_end_the_connection(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        head = (
            b"POST /backend/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        )
        answer = await raw(api, head + b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"connection: close" in answer.lower()
        assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/transcribe/", "/transcribe"),
        ("/transcribe/?a=1", "/transcribe?a=1"),
        ("//evil.example/transcribe/", None),
    ],
)
async def test_redirects_are_relative(tmp_path: Path, path: str, location: str | None) -> None:
    async with running_api(tmp_path) as api:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answer = await raw(api, head.encode())
        if location is None:
            assert answer.startswith(b"HTTP/1.1 404")
        else:
            assert answer.startswith(b"HTTP/1.1 307")
            assert f"\r\nlocation: {location}\r\n".encode() in answer


BEHIND = AdmissionOptions(trusted_proxies=("127.0.0.1",), root_path="/stt", max_per_address=1)


async def test_behind_a_proxy_below_a_path(tmp_path: Path) -> None:
    async with running_api(tmp_path, admission=BEHIND) as api, api.client() as http:
        for path in ("/health", "/stt/health"):
            assert (await http.get(path)).status_code == 200
        below = await http.post("/stt/transcribe/", files=FILE)
        assert (below.status_code, below.headers["location"]) == (307, "/stt/transcribe")
        root = await http.get("/stt")
        assert (root.status_code, root.headers["location"]) == (307, "/stt/")
        document = (await http.get("/stt/openapi.json")).json()
        assert document["servers"] == [{"url": "/stt"}]
        wrong = (await http.get("/stt/v1/nothing")).json()
        assert wrong["error"]["type"] == "invalid_request_error", "OpenAI's shape there too"
        other = {"X-Forwarded-Prefix": "/other"}
        moved = await http.post("/other/transcribe/", files=FILE, headers=other)
        assert moved.headers["location"] == "/other/transcribe"


async def test_clients_behind_a_proxy_are_told_apart(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend, admission=BEHIND) as api, api.client() as http:
        mine, yours = ({"X-Forwarded-For": f"192.0.2.{number}"} for number in (1, 2))
        first = asyncio.create_task(http.post("/transcribe", files=FILE, headers=mine))
        await eventually(hold.begun.is_set)
        refused = await http.get("/backend/current", headers=mine)
        passed = await http.get("/backend/current", headers=yours)
        hold.go.set()
        await first
        assert (refused.status_code, passed.status_code) == (429, 200)


async def test_the_host_requested_from_a_proxy_counts(tmp_path: Path) -> None:
    async with running_api(tmp_path, admission=BEHIND) as api, api.client() as http:
        asked = {"X-Forwarded-Host": "evil.example"}
        assert (await http.get("/backend/current", headers=asked)).status_code == 403
        page = {"X-Forwarded-Host": "localhost:1", "Origin": "http://localhost:1"}
        assert (await http.post("/backend/reload", headers=page)).status_code == 200
