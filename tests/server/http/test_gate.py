"""The gate: foreign hosts and pages, keys, sizes, slow senders, shutdown."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from realtime.backends.scripted import ScriptedBackend
from realtime.server.admission import AdmissionOptions
from realtime.server.http.exchange import BodyLimits
from tests.server.http.support import SPEECH, TALK, Hold, raw, running_api
from tests.server.support import PATIENCE_S
from tests.waiting import eventually

KEYED = AdmissionOptions(api_keys=("secret-1", "secret-2"))
FILE = {"file": ("a.wav", SPEECH)}


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Authorization": "Bearer secret-1"}, ""),
        ({"Authorization": "Token secret-2"}, ""),
        ({"authorization": "bearer secret-2"}, ""),
        ({"X-API-Key": "secret-1"}, ""),
        ({}, "?token=secret-1"),
    ],
)
async def test_a_key_is_accepted_in_every_place(
    headers: dict[str, str], query: str, tmp_path: Path
) -> None:
    async with running_api(tmp_path, admission=KEYED) as api, api.client() as http:
        answer = await http.post(f"/transcribe{query}", files=FILE, headers=headers)
        assert answer.status_code == 200


async def test_without_the_key_nothing_is_revealed(tmp_path: Path) -> None:
    async with running_api(tmp_path, admission=KEYED) as api, api.client() as http:
        for method, path in (
            *(("POST", "/transcribe"), ("POST", "/v1/audio/transcriptions"), ("GET", "/nothing")),
            *(("GET", "/v1/models"), ("GET", "/openapi.json"), ("POST", "/backend/reload")),
        ):
            for headers in ({}, {"Authorization": "Bearer secret"}, {"X-API-Key": ""}):
                answer = await http.request(method, path, headers=headers)
                assert answer.status_code == 401, path
                assert answer.headers["WWW-Authenticate"] == "Bearer"
        body = (await http.get("/v1/models")).json()["error"]
        assert (body["type"], body["code"]) == ("authentication_error", "invalid_api_key")
        for path in ("/health", "/ready", "/live", "/metrics"):
            assert (await http.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/ws", "/health", "/transcribe", "/v1/realtime"])
async def test_a_live_stream_is_told_where_to_go(path: str, tmp_path: Path) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "WebSocket", "Accept-Language": "en"}
    async with running_api(tmp_path) as api, api.client() as http:
        answer = await http.get(path, headers=upgrade)
        assert answer.status_code == 404
        assert "ws://HOST:8765" in answer.text
        korean = await http.get(path, headers={**upgrade, "Accept-Language": "ko"})
        assert "WebSocket 포트(보통 ws://HOST:8765)에" in korean.text


async def test_an_upgrade_to_http_2_is_ignored(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        upgrade = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c"}
        assert (await http.get("/live", headers=upgrade)).status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://localhost:3000", 200),
        ("http://127.0.0.1:8100", 200),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://evil.example:8003", 403),
        ("null", 403),
        ("https://xn--lcalhost-z3a.example", 403),
    ],
)
async def test_pages_of_other_origins_cannot_send(
    origin: str | None, status: int, tmp_path: Path
) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        headers = {"Origin": origin} if origin else {}
        answer = await http.post("/transcribe", files=FILE, headers=headers)
        assert answer.status_code == status
        assert "access-control-allow-origin" not in answer.headers
        text = await http.post(
            "/backend/reload", content="{}", headers={**headers, "Content-Type": "text/plain"}
        )
        assert text.status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8003", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:8003", 403),
        ("evil.example@localhost", 403),
        ("localhost:1@127.0.0.1", 403),
    ],
)
async def test_only_allowed_hosts_are_answered(host: str, status: int, tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        for path in ("/health", "/backend/current"):
            assert (await http.get(path, headers={"Host": host})).status_code == status


async def test_two_hosts_and_none(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        two = b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        assert (await raw(api, two)).startswith(b"HTTP/1.1 400")
        assert (await raw(api, b"GET /health HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 403")


async def test_an_upload_declared_too_large_is_not_read(tmp_path: Path) -> None:
    async with running_api(tmp_path, limit_bytes=1000) as api:
        head = (
            b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\n\r\n"
        )
        answer = await raw(api, head)
        assert answer.startswith(b"HTTP/1.1 413")  # without a 100 before it
        assert b'"too_large"' in answer
        assert b'"limit_bytes":' in answer


async def test_an_undeclared_upload_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    async with running_api(tmp_path, limit_bytes=100_000) as api, api.client() as http:

        async def endless() -> object:
            yield (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n')
            for _ in range(64):
                yield b"\0" * 65_536

        answer = await http.post(
            "/transcribe",
            content=endless(),  # type: ignore[arg-type]
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
        assert (answer.status_code, answer.json()["detail"]["code"]) == (413, "too_large")
        assert answer.headers["connection"] == "close"


async def test_a_body_that_arrives_too_slowly_is_ended(tmp_path: Path) -> None:
    body = BodyLimits(1 << 20, grace_s=0.05, linger_s=0.05)
    async with running_api(tmp_path, body=body) as api:
        head = (
            b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\nfile_p"
        )
        answer = await raw(api, head)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b'"slow_upload"' in answer


async def test_as_many_requests_from_one_address_as_are_allowed(tmp_path: Path) -> None:
    hold = Hold()
    backend, one = ScriptedBackend(TALK, before_decode=hold), AdmissionOptions(max_per_address=1)
    async with running_api(tmp_path, backend, admission=one) as api, api.client() as http:
        first = asyncio.create_task(http.post("/transcribe", files=FILE))
        await eventually(hold.begun.is_set)
        second = await http.post("/transcribe", files=FILE)
        assert (second.status_code, second.json()["detail"]["code"]) == (429, "busy")
        assert (await http.get("/health")).status_code == 200
        hold.go.set()
        assert (await first).status_code == 200
        assert (await http.post("/transcribe", files=FILE)).status_code == 200


async def test_a_drain_waits_for_running_requests(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend) as api, api.client() as http:
        first = asyncio.create_task(http.post("/transcribe", files=FILE))
        await eventually(hold.begun.is_set)
        api.admission.draining = True
        draining = asyncio.create_task(api.listener.drain(PATIENCE_S))
        late = await http.post("/transcribe", files=FILE)
        assert (late.status_code, late.json()["detail"]["code"]) == (503, "draining")
        assert int(late.headers["Retry-After"]) > 0
        hold.go.set()
        assert (await first).status_code == 200
        await draining


async def test_a_drain_without_a_grace_period_still_answers(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend) as api, api.client() as http:
        first = asyncio.create_task(http.post("/transcribe", files=FILE))
        await eventually(hold.begun.is_set)
        await api.listener.drain(0)
        answer = await first
        assert (answer.status_code, answer.json()["detail"]["code"]) == (503, "draining")
        hold.go.set()


async def test_errors_speak_korean_unless_asked_otherwise(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        ask = {"file_path": "nowhere.wav"}
        korean = (await http.post("/transcribe", data=ask)).json()["detail"]
        assert (korean["code"], korean["error"]) == ("file_not_found", "파일 없음")
        assert "nowhere.wav" in korean["message"]
        english = await http.post("/transcribe", data=ask, headers={"Accept-Language": "en-GB"})
        detail = english.json()["detail"]
        assert (detail["code"], detail["error"]) == ("file_not_found", "file not found")
        assert detail["message"].isascii()


async def test_every_answer_is_safe_to_show(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        for path in ("/health", "/nothing", "/v1/models"):
            headers = (await http.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-request-id"].startswith("req_")
            assert "server" not in headers
        wrong = await http.put("/transcribe")
        assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")
