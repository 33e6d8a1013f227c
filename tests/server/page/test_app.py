"""The page's server: documents, files, configuration, state, captions, recordings."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from realtime.server.http.bodies import MOST_JSON_BYTES
from realtime.server.page.edits import MOST_EDIT_BYTES
from realtime.settings import Settings
from tests.e2e.support import SAMPLES
from tests.serving import Served, serving

KEY = "a key"
OTHER = "wss://gpu1:8765"
PLACES = 4
"""Concurrent requests from one address."""
ROOM = "0123456789abcdef" * 2
PHONE = SAMPLES["en-phone"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("site")
    settings = Settings(
        port=0,
        web_port=0,
        model="bundled",
        data_dir=folder,
        api_keys=(SecretStr(KEY),),
        max_upload_mb=1,
        max_per_address=PLACES,
        web_live_servers=(OTHER,),
    )
    with serving(settings) as served:
        yield served


@asynccontextmanager
async def client(served: Served, key: str | None = KEY) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Accept-Language": "en"} | ({"X-API-Key": key} if key else {})
    async with httpx2.AsyncClient(base_url=served.page, headers=headers, timeout=30) as http:
        yield http


async def finished_job(http: httpx2.AsyncClient) -> dict[str, Any]:
    """The finished job of an uploaded recording."""
    sent = await http.post("/api/upload/", files={"file": ("call.wav", PHONE.path.read_bytes())})
    asked = {"file_id": sent.json()["file_id"], "language": "en", "word_timestamps": True}
    job_id = (await http.post("/api/transcribe-async/", json=asked)).json()["job_id"]
    while True:
        job: dict[str, Any] = (await http.get(f"/api/transcribe-status/{job_id}")).json()
        if job["status"] not in ("pending", "processing"):
            return job
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("path", ["/", "/captions.html"])
async def test_documents_have_strict_security_headers(site: Served, path: str) -> None:
    async with client(site, key=None) as http:
        answer, again = await http.get(path), await http.get(path)
    assert answer.status_code == 200
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    others = [OTHER] if path == "/" else []
    own = f"ws://localhost:{site.app.server.port}"
    assert policy["connect-src"].split() == ["'self'", "blob:", own, *others]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-security-policy"] != again.headers["content-security-policy"]
    assert "{nonce}" not in answer.text
    if path == "/":
        nonce = re.search(r'name="style-nonce" content="([^"]+)"', answer.text)
        assert nonce is not None
        assert f"'nonce-{nonce[1]}'" in policy["style-src"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|<style|\bstyle=", answer.text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text), "no third-party host"


async def test_unchanged_files_are_revalidated_but_not_resent(site: Served) -> None:
    async with client(site, key=None) as http:
        first = await http.get("/js/main.js")
        again = await http.get("/js/main.js", headers={"If-None-Match": first.headers["etag"]})
        icons = await http.get("/icons.svg")
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert "default-src 'none'" in icons.headers["content-security-policy"], "also a document"


@pytest.mark.parametrize(
    "path", ["/nope", "/js/../../pyproject.toml", "/%2e%2e/pyproject.toml", "/js/", "/js/%00"]
)
async def test_nothing_else_is_served(site: Served, path: str) -> None:
    async with client(site, key=None) as http:
        answer = await http.get(path)
    assert answer.status_code in (404, 405)
    assert "hatchling" not in answer.text


async def test_without_a_key_the_configuration_says_only_that_one_is_needed(site: Served) -> None:
    port = site.app.server.port
    async with client(site, key=None) as http:
        stranger = (await http.get("/api/config")).json()
        wrong = (await http.get("/api/config?token=wrong")).json()
        refused = [
            await http.get("/api/server"),
            await http.post("/api/backend/reload", json={}),
            await http.get("/api/transcribe-jobs/"),
            await http.get("/api/peaks/x"),
            await http.post(f"/api/captions/{ROOM}", json={"finals": []}),
        ]
    assert stranger == wrong
    assert stranger == {
        "ws_url": f"ws://localhost:{port}", "key_required": True, "key_ok": False,
    }  # fmt: skip
    assert [answer.status_code for answer in refused] == [401] * len(refused)
    async with client(site) as http:
        friend = (await http.get("/api/config")).json()
    assert friend["key_ok"] is True
    assert friend["demo"] is True
    assert (friend["live_servers"], friend["any_live_server"]) == ([OTHER], False)
    assert friend["max_upload_bytes"] == 1 << 20
    assert {example["language"] for example in friend["examples"]} == {"ko", "en"}


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1:1", "127.0.0.1"), ("[::1]:1", "[::1]"), ("a;b", "a"), ("'evil'", "localhost")],
)
async def test_the_host_of_the_request_names_the_live_server(
    site: Served, host: str, shown: str
) -> None:
    async with client(site) as http:
        config = await http.get("/api/config", headers={"Host": host})
        page = await http.get("/", headers={"Host": host})
    assert config.json()["ws_url"] == f"ws://{shown}:{site.app.server.port}"
    policy = page.headers["content-security-policy"]
    address = f"ws://{shown}:{site.app.server.port}"
    named = "ws:" if "[" in shown else address  # browsers ignore a source with an IPv6 address
    assert f"connect-src 'self' blob: {named} {OTHER};" in policy


async def test_the_state_and_another_backend(site: Served) -> None:
    async with client(site) as http:
        state = (await http.get("/api/server")).json()
        unknown = await http.post("/api/backend/reload", json={"backend": "nope"})
        bad = await http.post("/api/backend/reload", json={"backend": 7})
        done = await http.post("/api/backend/reload", json={"backend": "faster-whisper"})
    assert state["health"]["status"] == "ok"
    assert state["backend"]["current_backend"] == "faster-whisper"
    assert state["samples"], "charts begin with what was before"
    assert {"streams", "busy", "queue", "workers"} <= set(state)
    assert unknown.status_code == 400
    assert "faster-whisper" in json.dumps(unknown.json())
    assert bad.status_code == 422
    assert bad.json()["detail"]["field"] == "backend"
    assert done.json()["previous_backend"] == "faster-whisper"


async def test_pages_of_other_origins_may_not_send(site: Served) -> None:
    async with client(site) as http:
        answer = await http.post(
            "/api/backend/reload", json={}, headers={"Origin": "https://elsewhere.example"}
        )
    assert answer.status_code == 403


async def test_bodies_are_small_where_they_are_read_whole(site: Served) -> None:
    long = b"[" + b'{"a": []},' * 7_000 + b"{}]"
    deep = b'{"backend": ' + b"[" * 30 + b"]" * 30 + b"}"
    async with client(site) as http:
        paths = ("/api/backend/reload", "/api/transcribe-async/", f"/api/captions/{ROOM}")
        announced = [await http.post(path, content=long) for path in paths]
        chunked = [await http.post(path, content=spaces(MOST_JSON_BYTES + 1)) for path in paths]
        nested = [await http.post(path, content=deep) for path in paths]
        huge = await http.post("/api/upload/", files={"file": ("a.wav", bytes(5 << 20))})
    for answer in (*announced, *chunked):
        assert answer.status_code == 413
        assert answer.json()["detail"]["limit_bytes"] == MOST_JSON_BYTES
    for answer in nested:
        assert (answer.status_code, answer.json()["detail"]["field"]) == (422, "body")
    assert huge.status_code == 413
    assert huge.json()["detail"]["limit_bytes"] >= 1 << 20


async def test_captions_reach_whoever_has_the_address(site: Served) -> None:
    line = {"text": "하나", "translation": "one", "speaker": "Kim"}
    first = {"finals": [line], "partial": None}
    second = {"finals": [line], "partial": {"stable": "tw", "text": "two"}}
    async with client(site) as http, client(site, key=None) as reader:
        assert (await reader.get(f"/api/captions/{ROOM}")).status_code == 404
        assert (await http.post(f"/api/captions/{ROOM}", json=first)).status_code == 204
        async with reader.stream("GET", f"/api/captions/{ROOM}") as events:
            seen = events.aiter_lines()
            assert await data(seen) == first
            await http.post(f"/api/captions/{ROOM}", json=second)
            assert await data(seen) == second
        assert (await http.post("/api/captions/short", json=first)).status_code == 404
        assert (await http.post(f"/api/captions/{ROOM}", json={"finals": "x"})).status_code == 422


async def test_open_pages_do_not_use_up_their_address(site: Served) -> None:
    """An open page keeps a connection for the jobs' events."""
    async with client(site) as http, AsyncExitStack() as pages:
        for _ in range(PLACES):
            listening = http.stream("GET", "/api/transcribe-events/")
            assert (await pages.enter_async_context(listening)).status_code == 200
        assert (await http.get("/api/server")).status_code == 200
    async with client(site, key=None) as http:
        assert (await http.get("/api/transcribe-events/")).status_code == 401


async def data(lines: AsyncIterator[str]) -> object:
    """The data of the next event."""
    async for line in lines:
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def test_the_recording_its_outline_and_a_corrected_text(site: Served) -> None:
    async with client(site) as http:
        job = await finished_job(http)
        file_id, job_id = job["file_id"], job["job_id"]
        whole = await http.get(f"/api/audio/{file_id}")
        part = await http.get(f"/api/audio/{file_id}", headers={"Range": "bytes=10-19"})
        outline = (await http.get(f"/api/peaks/{file_id}")).json()
        again = (await http.get(f"/api/peaks/{file_id}")).json()
        assert (await http.get(f"/api/edits/{job_id}")).json() is None
        edit = {"segments": [{"start": 0.0, "end": 1.0, "text": "Corrected <b>."}]}
        saved = await http.put(f"/api/edits/{job_id}", json=edit)
        kept = (await http.get(f"/api/edits/{job_id}")).json()
        bad = await http.put(f"/api/edits/{job_id}", json={"segments": [{"text": "?"}]})
        place = f"/api/edits/{job_id}"
        late = [await http.put(place, json=edit, headers={"If-Match": f'"{n}"'}) for n in (0, 2)]
        odd = await http.put(place, json=edit, headers={"If-Match": "abc"})
        next_one = await http.put(place, json=edit, headers={"If-Match": saved.headers["ETag"]})
        whatever = await http.put(place, json=edit, headers={"If-Match": "*"})
        endless = await http.put(f"/api/edits/{job_id}", content=spaces(MOST_EDIT_BYTES + 1))
        gone = await http.delete(f"/api/transcribe-jobs/{job_id}")
        after = [
            await http.get(f"/api/edits/{job_id}"),
            await http.put(f"/api/edits/{job_id}", json=edit),
            await http.get(f"/api/audio/{file_id}"),
            await http.get("/api/audio/..%2f..%2fjobs.sqlite3"),
            await http.get("/api/peaks/nope"),
        ]
    assert whole.content == PHONE.path.read_bytes()
    assert whole.headers["content-type"].startswith("audio/")
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert outline == again
    assert outline["duration"] == pytest.approx(len(PHONE.read()) / 16_000, abs=0.1)
    assert 0.1 < max(outline["peaks"]) <= 1.0
    assert (saved.status_code, kept) == (200, {"version": 1, **edit})
    assert bad.status_code == odd.status_code == 422
    assert [one.status_code for one in late] == [412, 412]
    assert late[0].json()["detail"]["code"] == "outdated"
    assert late[0].json()["detail"]["version"] == 1
    assert [one.json()["version"] for one in (next_one, whatever)] == [2, 3]
    assert endless.status_code == 413
    assert gone.status_code == 200
    assert [answer.status_code for answer in after] == [404] * len(after)
    await leftovers_are_swept(site, job_id, file_id)


async def spaces(count: int) -> AsyncIterator[bytes]:
    """A body of `count` bytes without a declared length."""
    while count > 0:
        yield b" " * min(count, 1 << 16)
        count -= 1 << 16


async def leftovers_are_swept(site: Served, job_id: str, file_id: str) -> None:
    """Check that the files of a deleted job are deleted too."""
    folder = site.app.settings.data_dir / "page"
    assert (folder / "edits" / f"{job_id}.json").exists()
    web = site.app.web
    assert web is not None
    sweep = asyncio.run_coroutine_threadsafe(web.media.sweep(), site.loop)
    await asyncio.wrap_future(sweep)
    assert not (folder / "edits" / f"{job_id}.json").exists()
    assert not (folder / "outlines" / f"{file_id}.json").exists()


async def test_an_uploaded_document_is_never_served_as_one(site: Served) -> None:
    async with client(site) as http:
        sent = await http.post(
            "/api/upload/", files={"file": ("page.html", PHONE.path.read_bytes(), "text/html")}
        )
        answer = await http.get(f"/api/audio/{sent.json()['file_id']}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]
